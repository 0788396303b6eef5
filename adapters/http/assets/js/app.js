// What the pages of members do beyond HTML. Everything here only quickens what works without it.
import htmx from "htmx.org";
import { copying } from "./copy.js";
import { guarding } from "./guard.js";
import { inline } from "./inline.js";
import { editFirst, keyboard } from "./keyboard.js";
import { live } from "./live.js";
import { mentioning } from "./mention.js";
import { paletteButton } from "./palette.js";
import { selection } from "./selection.js";
import { sorting } from "./sorting.js";
import { naming } from "./tab.js";
import { toast, toasting } from "./toast.js";

window.htmx = htmx;
document.documentElement.classList.add("scripted");
copying();
guarding();
keyboard();
naming();
live(htmx);
toasting();
inline(htmx);
mentioning();
selection();
sorting();
paletteButton();
// Once the links of the page do what they do here: before, this one would go to a page of its own.
if (location.hash === "#edit") document.addEventListener("DOMContentLoaded", editFirst);

// A stage or filter chosen from a list is sent at once; without this there is a button beside it.
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-send-on-change]")) target.form.requestSubmit();
});

// An error page that holds the part which was asked for takes its place, so that faults stand at their fields. Any
// other is told in passing, and nothing that was typed is lost.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const wanted = detail.requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select");
  const page = new DOMParser().parseFromString(detail.serverResponse, "text/html");
  const found = wanted && page.querySelector(wanted);
  detail.shouldSwap = Boolean(found);
  if (found) detail.isError = false;
  else toast(page.querySelector("h1")?.textContent);
});
// A menu whose entries were just fetched opens.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.popover && !detail.target.matches(":popover-open")) detail.target.showPopover({ source: detail.requestConfig.elt });
});
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline));
