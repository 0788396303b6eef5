import { isFresh, solve } from "./work.js";

// The hosted form inside a frame tells the page around it how tall it is. It tells nothing else.
if (parent !== window) {
  document.documentElement.classList.add("framed");
  const form = document.body.dataset.form;
  const tell = () => {
    const height = Math.ceil(document.querySelector("main").getBoundingClientRect().height + (document.querySelector("footer")?.offsetHeight ?? 0));
    parent.postMessage({ qualify: "height", form, height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  tell();
}

// Where the form asks for work, it is begun when the visitor begins, and waited for when they send. Whatever fails is no
// reason not to send.
const works = [...document.querySelectorAll("input[data-work]")];
if (works.length > 0) {
  const form = works[0].form;
  const renew = async () => {
    if (works.every((field) => isFresh(field.value))) return;
    const answer = await fetch(`/f/${document.body.dataset.form}/token`, { credentials: "omit" });
    const fresh = (await answer.json()).works ?? {};
    for (const field of works) field.value = fresh[field.name] ?? field.value;
  };
  const work = async () => {
    await renew();
    for (const field of works) field.value = await solve(field.value);
  };
  let doing;
  const begin = () => (doing ??= work().catch(() => {}).finally(() => (doing = undefined)));
  form.addEventListener("focusin", begin, { once: true });
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    form.setAttribute("aria-busy", "true");
    form.querySelector("[data-working]").hidden = false;
    await doing;
    await begin();
    form.submit();
  });
}
