// Which rows of the list are selected: counted at the foot, and kept when the list is fetched again.
import { announce } from "./announce.js";

const chosen = new Set();

export function selection() {
  const bar = document.getElementById("selection");
  if (!bar) return;
  for (const tick of document.querySelectorAll("[data-select]:checked")) chosen.add(tick.value);
  if (chosen.size) tell(bar, false);
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
  document.addEventListener("htmx:afterSettle", () => {
    // What is not shown any more is not selected.
    for (const id of chosen) if (!box(id)) chosen.delete(id);
    for (const id of chosen) box(id).checked = true;
    tell(bar, false);
  });
}

const box = (id) => document.querySelector(`[data-select][value="${id}"]`);

function tell(bar, aloud = true) {
  const { one, many } = bar.dataset;
  const words = chosen.size === 1 ? one : many.replace("#", chosen.size);
  bar.querySelector("output").textContent = words;
  if (aloud) announce(words);
}
