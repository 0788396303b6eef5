// j and k move through the rows of a list, Enter opens, / goes to the search.
export function keyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Enter") event.target.closest?.("form[data-quick-send]")?.requestSubmit();
      return;
    }
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = { j: () => move(1), k: () => move(-1), "/": search }[event.key];
    if (act?.()) event.preventDefault();
  });
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
  rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
  return true;
}

function search() {
  const field = document.querySelector("[data-search]");
  field?.select();
  field?.focus();
  return Boolean(field);
}
