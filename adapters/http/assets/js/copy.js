// Buttons that copy a text. They are hidden until this runs, since without it they could do nothing.
import { announce } from "./announce.js";

export function copying() {
  reveal(document);
  document.addEventListener("htmx:load", ({ target }) => reveal(target));
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      return;
    }
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.done;
    announce(button.dataset.done);
    setTimeout(() => (label.textContent = before), 1600);
  });
}

function reveal(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}
