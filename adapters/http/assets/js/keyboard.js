// j and k move through the rows of a list, or from a lead to its neighbours in the list one came from; Enter opens, x
// selects, e edits, / goes to the search, ? tells all of this; g and a letter goes to another page.
import { palette } from "./palette.js";

let going = false;

export function keyboard() {
  document.addEventListener("click", ({ target }) => target.closest?.("[data-close]")?.closest("dialog").close());
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return palette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Enter") event.target.closest?.("form[data-quick-send]")?.requestSubmit();
      return;
    }
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) {
      if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
      return;
    }
    const act = going ? () => go(event.key) : { j: () => move(1), k: () => move(-1), x: select, e: edit, g: wait, "/": search, "?": help }[event.key];
    going = false;
    if (act?.()) event.preventDefault();
  });
}

const rows = () => [...document.querySelectorAll("[data-row]")];
const here = () => document.activeElement.closest?.("[data-key]")?.querySelector("[data-row]");

function move(step) {
  const all = rows();
  if (!all.length) return follow(step < 0 ? "prev" : "next");
  const at = all.indexOf(here());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  all[Math.max(0, Math.min(all.length - 1, next))].focus();
  return true;
}

function follow(way) {
  const link = document.querySelector(`a[rel=${way}]`);
  link?.click();
  return Boolean(link);
}

function select() {
  const box = here()?.closest("[data-key]").querySelector("[data-select]");
  box?.click();
  return Boolean(box);
}

// In the list the lead's page opens where its first property is edited; there the field takes over.
function edit() {
  const row = here();
  if (row) return location.assign(`${row.href}#edit`), true;
  return editFirst();
}

export function editFirst() {
  const first = document.querySelector("[data-edit]");
  first?.focus();
  first?.click();
  return Boolean(first);
}

function search() {
  const field = document.querySelector("[data-search]");
  field?.select();
  field?.focus();
  return Boolean(field);
}

function help() {
  document.getElementById("keys")?.showModal();
  return true;
}

function wait() {
  going = true;
  setTimeout(() => (going = false), 1200);
  return true;
}

function go(key) {
  const link = document.querySelector(`.rail nav a[data-go="${key}"]`);
  link?.click();
  return Boolean(link);
}
