// Stage and owner are changed in the list: what the row shows becomes a list to choose from. Without this the lead's own
// page does it.
import { announce } from "./announce.js";
import { giveUp } from "./give_up.js";

export function inline(htmx) {
  offer(document);
  document.addEventListener("htmx:load", ({ target }) => offer(target));
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-chosen]")) send(htmx, target);
  });
}

function offer(root) {
  for (const place of root.querySelectorAll?.("[data-choose]") ?? []) {
    const choices = document.getElementById(`choose-${place.dataset.choose}`);
    const row = place.closest("[data-key]");
    if (!choices || !row) continue;
    const list = document.createElement("select");
    list.append(choices.content.cloneNode(true));
    list.value = place.dataset.value;
    // A lead goes to another pipeline on its own page.
    const own = list.selectedOptions[0]?.dataset.pipeline;
    for (const one of [...list.options]) if (one.dataset.pipeline !== own) one.remove();
    // Somebody, or a stage, that is not offered stays as it is.
    if (list.selectedIndex < 0) continue;
    list.id = `${place.dataset.choose}-${row.dataset.key}`;
    list.className = `${place.className} inline`;
    list.dataset.chosen = place.dataset.choose;
    list.dataset.was = place.dataset.value;
    list.setAttribute("aria-label", `${choices.dataset.label}: ${row.dataset.label}`);
    place.replaceWith(list);
  }
}

async function send(htmx, list) {
  const row = list.closest("[data-key]");
  const part = document.getElementById("leads");
  const back = encodeURIComponent(part.dataset.here);
  const said = `${row.dataset.label}: ${list.selectedOptions[0].textContent}`;
  const before = list.dataset.was;
  const stay = () => {
    list.disabled = false;
    list.value = before;
    list.focus();
  };
  const why = list.selectedOptions[0].dataset.kind === "disqualified" ? await giveUp() : [];
  if (!why) return stay();
  list.disabled = true;
  await htmx.ajax("POST", `/leads/${row.dataset.key}/${list.dataset.chosen}?back=${back}`, {
    source: list, target: part, select: "#leads", swap: "outerHTML settle:0ms",
    values: { [list.dataset.chosen]: list.value, version: row.dataset.version, ...Object.fromEntries(why) },
  });
  // Where the list was not taken in, the change was refused: the row says what is true.
  if (list.isConnected) return stay();
  (document.getElementById(list.id) ?? document.querySelector(`[data-key="${row.dataset.key}"] [data-row]`) ?? document.querySelector("[data-row]"))?.focus();
  announce(said);
}
