// The command palette: pages, views, what this page can do, and leads, by a few letters. Pages come from the navigation,
// views and actions from whatever says `data-command`, leads from the server.
import { announce } from "./announce.js";
import { plain } from "./plain.js";
import { shown } from "./tab.js";

const PAUSE = 140;
let dialog, field, list, timer, asked = 0, at = 0, from;

export function palette() {
  dialog = document.getElementById("palette");
  if (!dialog || dialog.open) return;
  field = dialog.querySelector("input");
  list = dialog.querySelector("[role=listbox]");
  if (!from) listen();
  from = document.activeElement;
  field.value = "";
  dialog.showModal();
  fill();
}

export function paletteButton() {
  for (const button of document.querySelectorAll("[data-palette]")) {
    button.hidden = false;
    button.addEventListener("click", palette);
  }
}

function listen() {
  field.addEventListener("input", () => {
    fill();
    clearTimeout(timer);
    if (field.value.trim().length >= 2) timer = setTimeout(seek, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) point(at + step);
    else if (event.key === "Enter") choose(options()[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", ({ target }) => choose(target.closest("[role=option]")));
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => from?.isConnected && from.focus());
}

const options = () => [...list.querySelectorAll("[role=option]")];

function commands() {
  const pages = [...document.querySelectorAll(".rail nav a, .tabs.across a")].map((link) => [dialog.dataset.pages, link]);
  const others = [...document.querySelectorAll("[data-command]")].map((it) => [it.dataset.command === "view" ? dialog.dataset.views : dialog.dataset.actions, it]);
  return [...others, ...pages];
}

function fill() {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  list.replaceChildren();
  const groups = new Map();
  for (const [group, source] of commands()) {
    const label = (source.querySelector("span:not(.count):not(.unseen)") ?? source).textContent.trim();
    if (!label || !words.every((word) => plain(label).includes(word))) continue;
    const option = entry(label);
    option.source = source;
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  for (const [group, found] of groups) append(group, found);
  point(0);
}

function entry(label, about) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.append(label);
  if (about) {
    const more = document.createElement("span");
    more.className = "quiet";
    more.textContent = about;
    option.append(" ", more);
  }
  return option;
}

function append(name, found, first = false) {
  const group = document.createElement("ul");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name);
  group.dataset.name = name;
  group.append(...found);
  list[first ? "prepend" : "append"](group);
  options().forEach((option, n) => (option.id = `palette-${n}`));
}

async function seek() {
  const turn = ++asked;
  const sought = field.value;
  const answer = await fetch(`/palette?q=${encodeURIComponent(sought)}`, { headers: { Accept: "text/html", ...shown() } }).catch(() => null);
  if (!answer?.ok || answer.redirected || turn !== asked || sought !== field.value) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = [...page.querySelectorAll("#found a")].map((link) => {
    const option = entry(link.querySelector("strong").textContent, link.querySelector("span").textContent);
    option.place = link.getAttribute("href");
    return option;
  });
  if (found.length) append(dialog.dataset.leads, found, !options().some((option) => option.source));
  point(at);
}

function point(to) {
  const all = options();
  at = all.length ? (to + all.length) % all.length : 0;
  for (const [n, option] of all.entries()) option.setAttribute("aria-selected", n === at);
  field.setAttribute("aria-activedescendant", all[at]?.id ?? "");
  all[at]?.scrollIntoView({ block: "nearest" });
  dialog.querySelector(".none").hidden = all.length > 0;
  if (!all.length) announce(dialog.querySelector(".none").textContent);
}

function choose(option) {
  if (!option) return;
  const { source, place } = option;
  if (source) from = null;
  dialog.close();
  from = document.body;
  if (place) location.assign(place);
  else if (source.matches("[data-focus]")) document.querySelector(source.dataset.focus)?.focus();
  else if (source.matches("input, select, textarea")) source.focus();
  else source.click();
}
