// Which rows of the list are selected: counted at the foot, kept when the list is fetched again, and sent to where they
// are changed together.
import { announce } from "./announce.js";

const chosen = new Set();

export function selection() {
  const bar = document.getElementById("selection");
  if (!bar) return;
  offer(bar, document);
  document.addEventListener("htmx:load", ({ target }) => offer(bar, target));
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("[data-select]")) return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    tell(bar);
  });
  bar.addEventListener("reset", () => {
    chosen.clear();
    setTimeout(() => tell(bar));
  });
  bar.addEventListener("formdata", ({ formData }) => chosen.forEach((id) => formData.append("lead", id)));
  document.addEventListener("htmx:afterSettle", () => {
    // What is not shown any more is not selected.
    for (const id of chosen) if (!box(id)) chosen.delete(id);
    for (const id of chosen) box(id).checked = true;
    tell(bar, false);
  });
}

// Without this nothing could be done with a selection, and so there is nothing to tick.
function offer(bar, root) {
  for (const cell of root.querySelectorAll?.("td.tick:empty") ?? []) {
    const { key, label } = cell.closest("[data-key]").dataset;
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", value: key, checked: chosen.has(key) });
    tick.dataset.select = "";
    tick.setAttribute("aria-label", bar.dataset.selectLabel.replace("#", label));
    cell.append(tick);
  }
}

const box = (id) => document.querySelector(`[data-select][value="${id}"]`);

function tell(bar, aloud = true) {
  const { one, many } = bar.dataset;
  const words = chosen.size === 1 ? one : many.replace("#", chosen.size);
  bar.hidden = !chosen.size;
  bar.querySelector("output").textContent = words;
  if (aloud) announce(words);
}
