// What the pages of members do beyond HTML. Everything here only quickens what works without it.
import htmx from "htmx.org";
import { copying } from "./copy.js";
import { keyboard } from "./keyboard.js";
import { live } from "./live.js";

window.htmx = htmx;
document.documentElement.classList.add("scripted");
copying();
keyboard();
live(htmx);

// A stage or filter chosen from a list is sent at once; without this there is a button beside it.
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-send-on-change]")) target.form.requestSubmit();
});

// An answer that is an error page still replaces what it should, so that faults stand at their fields.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if ([403, 404, 409, 422, 429].includes(detail.xhr.status)) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
