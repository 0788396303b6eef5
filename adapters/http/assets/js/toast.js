// A message that goes by.
const SECONDS = 6;

export function toast(text) {
  if (!text) return;
  document.querySelector(".toast")?.remove();
  const words = document.createElement("div");
  words.className = "toast";
  words.setAttribute("role", "status");
  words.textContent = text;
  document.body.append(words);
  setTimeout(() => words.remove(), SECONDS * 1000);
}

// One that came with the page goes by, too.
export function toasting() {
  const words = document.querySelector(".toast");
  if (words) setTimeout(() => words.remove(), SECONDS * 1000);
}
