// A list whose rows are put in another order by dragging. Each row has its arrows for those who do not drag.
const AT = "[data-sortable] > [data-place]";

export function sorting() {
  let dragged;
  document.addEventListener("pointerdown", ({ target }) => {
    const row = target.closest?.(AT);
    if (row) row.draggable = !target.closest("a, button, input");
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(AT);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(AT);
    if (!dragged || over?.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("drop", (event) => dragged && event.preventDefault());
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    const row = dragged;
    dragged = undefined;
    row.classList.remove("dragged");
    // The arrows' form knows where to send it; the page that comes back is the truth.
    const form = row.querySelector("form.shift");
    const place = document.createElement("input");
    Object.assign(place, { type: "hidden", name: "to", value: [...row.parentElement.children].indexOf(row) });
    form.append(place);
    form.requestSubmit();
  });
}
