import { Work, additions } from "./work.js";

// Qualify CRM on a website: quickens a form of the site, or shows ours in a frame.
//
//   <form data-qualify="PUBLIC_ID" action="https://…/f/PUBLIC_ID" method="post"> … </form>
//   <script src="https://…/embed.js" async></script>
// or
//   <script src="https://…/embed.js" data-form="PUBLIC_ID" async></script>
//
// It reads the campaign from the page's own address, sets no cookie and keeps nothing on the visitor's device.
(() => {
  "use strict";
  const script = document.currentScript;
  const base = new URL(script ? script.src : location.href).origin;
  const CAMPAIGN = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "fbclid", "msclkid"];

  function visit() {
    const query = new URLSearchParams(location.search);
    const found = { _page: location.origin + location.pathname };
    for (const name of CAMPAIGN) if (query.get(name)) found[name] = query.get(name).slice(0, 255);
    if (document.referrer) found._referrer = document.referrer.slice(0, 2048);
    return found;
  }

  function frame(id) {
    const element = document.createElement("iframe");
    const query = new URLSearchParams(visit());
    if (script.dataset.lang) query.set("lang", script.dataset.lang);
    element.src = `${base}/f/${encodeURIComponent(id)}?${query}`;
    element.title = script.dataset.title || "Contact";
    element.loading = "lazy";
    Object.assign(element.style, { border: "0", width: "100%", height: "640px", colorScheme: "normal" });
    addEventListener("message", ({ origin, source, data }) => {
      if (origin === base && source === element.contentWindow && data?.qualify === "height") {
        element.style.height = `${Math.min(Math.max(Number(data.height) || 0, 120), 4000)}px`;
      }
    });
    script.after(element);
  }

  // A field that people neither see nor reach.
  function trap(form, name) {
    const field = document.createElement("input");
    Object.assign(field, { name, tabIndex: -1, autocomplete: "off" });
    field.setAttribute("aria-hidden", "true");
    Object.assign(field.style, { position: "absolute", left: "-9999px", width: "1px", height: "1px", opacity: "0" });
    form.append(field);
  }

  // A field that goes along unseen.
  function keep(form, name, value) {
    const field = form.elements[name] ?? form.appendChild(document.createElement("input"));
    Object.assign(field, { type: "hidden", name, value });
  }

  // Pages that are not served over TLS have no `randomUUID`.
  function newKey() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function clear(form) {
    for (const fault of form.querySelectorAll(".qualify-error")) fault.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }

  function say(form, text, field) {
    const words = document.createElement("p");
    words.className = "qualify-error";
    words.textContent = text;
    words.setAttribute("role", "alert");
    if (!field) return form.append(words);
    words.id = `qualify-${field.name}-${form.dataset.qualify}`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", words.id);
    (field.closest("label") || field).after(words);
  }

  function thank(form, answer) {
    if (answer.redirect) return location.assign(answer.redirect);
    const words = document.createElement("p");
    words.className = "qualify-thanks";
    words.tabIndex = -1;
    words.setAttribute("role", "status");
    words.textContent = form.dataset.thanks || answer.message;
    form.replaceWith(words);
    words.focus();
  }

  function complain(form, answer) {
    let first;
    for (const { field: name, detail } of answer.errors || []) {
      const field = form.elements[name];
      const one = field instanceof RadioNodeList ? field[0] : field;
      say(form, detail, one);
      first = first || one;
    }
    if (!first) say(form, answer.detail || answer.title || "");
    first?.focus();
  }

  // Of several boxes with one name, any number may be ticked.
  function isGroup(form, name) {
    return [...form.elements].filter((field) => field.name === name && field.type === "checkbox").length > 1;
  }

  function quicken(form) {
    const id = form.dataset.qualify;
    const address = `${base}/f/${encodeURIComponent(id)}`;
    let hidden, key, sent, busy = false;
    // The token goes with the answers: it stays the same from try to try.
    const take = (answer) => {
      hidden ??= answer.hidden;
      return answer.works ?? {};
    };
    const work = new Work(async () => take(await additions(address)));
    additions(address)
      .then((answer) => {
        work.take(take(answer));
        for (const name of answer.traps ?? []) trap(form, name);
      })
      .catch(() => {});
    form.addEventListener("focusin", () => work.begin(), { once: true });

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      const body = visit();
      const fields = new FormData(form);
      for (const [name, value] of fields) if (typeof value === "string") body[name] = isGroup(form, name) ? fields.getAll(name) : value;
      busy = true;
      form.setAttribute("aria-busy", "true");
      clear(form);
      try {
        const works = await work.done();
        Object.assign(body, hidden);
        const answers = JSON.stringify(body);
        if (answers !== sent) key = newKey();
        sent = answers;
        // The work is another one with each try, the submission is not.
        const response = await fetch(address, {
          method: "POST",
          credentials: "omit",
          headers: { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": key },
          body: JSON.stringify({ ...body, ...works }),
        });
        const answer = await response.json();
        form.dispatchEvent(new CustomEvent(response.ok ? "qualify:sent" : "qualify:refused", { bubbles: true, detail: answer }));
        if (response.ok) thank(form, answer);
        else complain(form, answer);
      } catch {
        // As a browser sends it, known as the same submission.
        for (const [name, value] of Object.entries({ ...hidden, ...(key && { _sid: key }) })) keep(form, name, value);
        HTMLFormElement.prototype.submit.call(form);
      } finally {
        busy = false;
        form.removeAttribute("aria-busy");
      }
    });
  }

  function start() {
    for (const form of document.querySelectorAll("form[data-qualify]")) quicken(form);
  }

  if (script?.dataset.form) frame(script.dataset.form);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
