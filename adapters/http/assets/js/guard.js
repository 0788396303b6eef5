// Asks before a page is left on which something is typed that was not sent. A form wishes so by `data-guard`; what stands in
// it is taken for kept as it came, but where it came back with faults: `data-guard="unsaved"`.
export function guarding() {
  if (!document.querySelector("[data-guard]")) return;
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sent.add(event.target);
  });
  // Whoever stops the page from loading and goes on typing has sent something else.
  document.addEventListener("input", ({ target }) => sent.delete(target.form));
  addEventListener("beforeunload", (event) => {
    const forms = [...document.querySelectorAll("[data-guard]")];
    if (forms.some((form) => !sent.has(form) && isUnsaved(form))) event.preventDefault();
  });
}

function isUnsaved(form) {
  return form.dataset.guard === "unsaved" || [...form.elements].some(differs);
}

function differs(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return Math.max(0, field.selectedIndex) !== first(field);
  return "defaultValue" in field && field.value !== field.defaultValue;
}

// Where no option was marked as chosen, the first one came so.
function first(list) {
  return Math.max(0, [...list.options].findLastIndex((option) => option.defaultSelected));
}
