// Members are mentioned as one writes: after "@" and letters those are offered whose name, or a later word of it, begins so.
// The focus stays in the field; what is offered says which name a key would take.
import { plain } from "./plain.js";

const MOST = 8;
const BEGUN = /(?<![\p{L}\p{N}])@[\p{L}\p{N}][^@\n]*$/u;
let field, list, begun, declined, at = 0;

export function mentioning() {
  document.addEventListener("input", ({ target }) => target.matches?.("[data-mentions]") && offer(target));
  document.addEventListener("selectionchange", () => field && written(field) !== begun && offer(field));
  document.addEventListener("focusout", ({ target }) => target === field && close());
  // Before the keys of the page, for which Escape leaves the field.
  document.addEventListener("keydown", press, true);
  // A click takes a name; the focus does not go with it.
  document.addEventListener("mousedown", (event) => field && list.contains(event.target) && event.preventDefault());
  document.addEventListener("click", ({ target }) => field && list.contains(target) && take(target.closest("[role=option]")));
}

// The "@" before the caret and what follows it, where that may be a name.
function written({ value, selectionStart, selectionEnd }) {
  return selectionStart === selectionEnd ? BEGUN.exec(value.slice(0, selectionEnd))?.[0] : undefined;
}

const begins = (name, sought) => [...name.matchAll(/[\p{L}\p{N}]+/gu)].some(({ index }) => name.startsWith(sought, index));
const offered = () => [...list.children].filter((option) => !option.hidden);

function offer(where) {
  begun = written(where);
  const place = begun && where.selectionStart - begun.length;
  if (place !== declined) declined = undefined;
  const sought = begun && declined === undefined && plain(begun.slice(1));
  const all = [...document.getElementById(where.dataset.mentions).children];
  const found = sought ? all.filter((option) => begins(plain(option.textContent), sought)).slice(0, MOST) : [];
  if (!found.length) return close();
  for (const option of all) option.hidden = !found.includes(option);
  if (field !== where) open(where);
  point(0);
}

function open(where) {
  close();
  field = where;
  list = document.getElementById(field.dataset.mentions);
  const about = { "aria-autocomplete": "list", "aria-controls": list.id };
  for (const [name, value] of Object.entries(about)) field.setAttribute(name, value);
  list.showPopover({ source: field });
}

// Where nothing is offered, the field is one to write in like any other.
function close() {
  if (!field) return;
  for (const name of ["aria-autocomplete", "aria-controls", "aria-activedescendant"]) field.removeAttribute(name);
  list.hidePopover();
  field = undefined;
}

function point(to) {
  const all = offered();
  at = (to + all.length) % all.length;
  for (const [n, option] of all.entries()) option.setAttribute("aria-selected", n === at);
  field.setAttribute("aria-activedescendant", all[at].id);
}

function press(event) {
  if (!field || event.target !== field || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
    // Sends what is written.
    if (event.key === "Enter") close();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) point(at + step);
  else if (event.key === "Enter" || event.key === "Tab") take(offered()[at]);
  else if (event.key === "Escape") decline();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function take(option) {
  if (!option) return;
  field.setRangeText(`@${option.textContent} `, field.selectionStart - begun.length, field.selectionStart, "end");
  close();
}

// Whoever wants no name there is not asked again until another "@".
function decline() {
  declined = field.selectionStart - begun.length;
  close();
}
