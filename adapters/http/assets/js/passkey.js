// Forms that a passkey fills: each asks its question, lets the authenticator answer, and is sent. They are hidden until
// this runs in a browser that knows passkeys, since without it they could do nothing.
import { shown } from "./tab.js";

const able =
  typeof PublicKeyCredential === "function" &&
  PublicKeyCredential.parseCreationOptionsFromJSON &&
  PublicKeyCredential.parseRequestOptionsFromJSON;

async function answer(form) {
  const asked = await fetch(form.dataset.question, { method: "POST", headers: { accept: "application/json", ...shown() } });
  // Whoever did not confirm lately that it is them does so first, and comes back.
  if (asked.status === 403) location.assign(`/confirm?next=${encodeURIComponent(location.pathname)}`);
  if (!asked.ok) throw new Error("no question");
  const { reference, options } = await asked.json();
  const publicKey = options.publicKey ?? options;
  const credential =
    form.dataset.passkey === "new"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  form.elements.reference.value = reference;
  form.elements.answer.value = JSON.stringify(credential.toJSON());
}

for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  const failed = form.querySelector("[data-failed]");
  const button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = button.disabled = true;
    try {
      await answer(form);
      form.submit();
    } catch {
      failed.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
