// A tab says which organization it shows in all that its scripts ask for: another tab may have gone over to another one,
// and the session with it. The server refuses then, and nothing of the other organization comes in here.
export function shown() {
  const { organization } = document.body.dataset;
  return organization ? { "Qualify-Organization": organization } : {};
}

export function naming() {
  document.addEventListener("htmx:configRequest", ({ detail }) => Object.assign(detail.headers, shown()));
}
