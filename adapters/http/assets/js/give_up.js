// Asks why a lead is given up: what was said, or nothing if it is not after all.
export function giveUp() {
  const dialog = document.getElementById("give-up");
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    resolve(dialog.returnValue === "put" && new FormData(form));
  }, { once: true }));
}
