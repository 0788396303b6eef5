import { Work, additions } from "./work.js";

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

// Where the form asks for work, it is begun when the visitor begins, and waited for when they send.
const fields = [...document.querySelectorAll("input[data-work]")];
if (fields.length > 0) {
  const form = fields[0].form;
  const work = new Work(async () => (await additions(`/f/${document.body.dataset.form}`)).works ?? {});
  // What was sent before came back with the page; it may be old.
  if (!document.querySelector("[aria-invalid], .notice")) work.take(Object.fromEntries(fields.map((field) => [field.name, field.value])));
  let sending = false;
  const show = (busy) => {
    sending = busy;
    form.setAttribute("aria-busy", busy);
    form.querySelector("[data-working]").hidden = !busy;
  };
  form.addEventListener("focusin", () => work.begin(), { once: true });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    show(true);
    const done = await work.done();
    for (const field of fields) field.value = done[field.name] ?? field.value;
    HTMLFormElement.prototype.submit.call(form);
    // Whoever stops the page from loading may try again.
    setTimeout(() => show(false), 10_000);
  });
  addEventListener("pageshow", () => show(false));
}
