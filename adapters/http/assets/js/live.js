// Keeps what is shown true: the server names what changed, and the parts of the page that show it are fetched again.
//
// A part says what it shows with `data-live="leads lead:…"`; it needs an id, by which it is found in the new page. One
// with `data-live-from` is fetched from there, for the first time when the page is shown.
import { announce } from "./announce.js";
import { shown } from "./tab.js";

const PAUSE = 80;

export function live(htmx) {
  if ("still" in document.body.dataset || !document.querySelector("[data-live]")) return;
  const waiting = new Set();
  let timer, reminder, source, missed = false;

  const refresh = (part) => {
    waiting.add(part.id);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const places = Map.groupBy(waiting, (id) => document.getElementById(id)?.dataset.liveFrom ?? location.href);
      waiting.clear();
      for (const [place, ids] of places) fetchParts(htmx, place, ids);
    }, PAUSE);
  };
  const renew = (part) => {
    if (!part.hasAttribute("data-live-later")) return refresh(part);
    clearTimeout(reminder);
    reminder = setTimeout(remind, PAUSE);
  };
  const parts = () => document.querySelectorAll("[data-live]");
  const changed = (topics) => {
    for (const part of parts()) {
      if (part.dataset.live.split(" ").some((topic) => topics.includes("all") || topics.includes(topic))) renew(part);
    }
  };
  const open = () => {
    source = new EventSource("/live");
    source.addEventListener("open", () => {
      document.body.classList.remove("live-off");
      if (missed) parts().forEach(renew);
      missed = false;
    });
    source.addEventListener("changed", ({ data }) => changed(data.split(" ")));
    source.addEventListener("error", () => {
      missed = true;
      document.body.classList.add("live-off");
    });
  };
  // A page in the background holds no connection: browsers allow only a few to one server.
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (document.hidden) missed = true;
    else open();
  });
  addEventListener("pagehide", () => source?.close());
  document.addEventListener("htmx:afterSettle", forget);
  document.querySelectorAll("[data-live-from]").forEach(refresh);
  if (!document.hidden) open();
}

async function fetchParts(htmx, place, ids) {
  const answer = await fetch(place, { headers: { Accept: "text/html", ...shown() } }).catch(() => null);
  if (answer?.status === 409) document.body.classList.add("live-off");
  if (!answer?.ok || answer.redirected) return;
  const page = await answer.text();
  for (const id of ids) {
    const part = document.getElementById(id);
    if (!part || part.contains(document.activeElement?.closest("form, dialog")) || isTouched(part)) continue;
    const known = new Set(keys(part).map((row) => row.dataset.key));
    const focused = document.activeElement?.closest("[data-key]")?.dataset.key;
    const field = document.activeElement?.id;
    const unfolded = folds(part).filter((fold) => fold.open).map(foldName);
    const folded = document.activeElement?.matches("summary") && foldName(document.activeElement);
    const { liveSays: says, count } = part.dataset;
    htmx.swap(part, page, { swapStyle: "outerHTML", settleDelay: 0 }, { select: `#${id}` });
    const now = document.getElementById(id);
    if (Number(now.dataset.count) > Number(count) && says) announce(now.textContent);
    for (const fold of folds(now)) {
      if (unfolded.includes(foldName(fold))) fold.open = true;
      if (folded === foldName(fold)) fold.querySelector("summary").focus();
    }
    const rows = keys(now);
    const fresh = rows.filter((row) => !known.has(row.dataset.key));
    for (const row of fresh) row.classList.add("fresh");
    if (fresh.length && says) announce(`${says} ${fresh[0].dataset.label ?? ""}`);
    if (focused) ((field && document.getElementById(field)) || rows.find((row) => row.dataset.key === focused)?.querySelector("[data-row]"))?.focus();
  }
}

// Whether somebody has begun to write in it, or is asked to mend what they sent: news waits until that is sent or left.
function isTouched(part) {
  const fields = [...part.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")];
  return Boolean(part.querySelector(".editing, .fault")) || fields.some((field) => field.value !== field.defaultValue);
}

function folds(part) {
  return [...part.querySelectorAll("details")];
}

// What a part that folds is known by: the nearest element around it that has an id, where there is one in each.
function foldName(element) {
  return element.closest("[id]")?.id;
}

function keys(part) {
  return [...(part?.querySelectorAll("[data-key]") ?? [])];
}

// On an older page or in a search, new leads do not push the rows away: a pill counts those that were opened since, and
// leads to them. What it counts from stays, also when a change to a row brings the list anew.
let asked = 0, told = 0;

async function remind() {
  const pill = document.getElementById("pill");
  const turn = ++asked;
  const answer = pill && (await fetch(pill.href, { headers: { Accept: "text/html", ...shown() } }).catch(() => null));
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = document.querySelector("#leads[data-live-later]");
  if (!list || turn < told) return;
  told = turn;
  const since = (pill.dataset.since ??= list.dataset.since);
  const count = [...page.querySelectorAll("#leads [data-opened]")].filter((row) => row.dataset.opened > since).length;
  pill.querySelector("span").textContent = count === 1 ? pill.dataset.one : pill.dataset.many.replace("#", count);
  if (pill.hidden && count) announce(pill.textContent.trim());
  pill.hidden = !count;
}

// A list that shows the newest itself, as when a search is cleared, has nothing to remind of.
function forget() {
  const pill = document.getElementById("pill");
  if (!pill || document.querySelector("#leads[data-live-later]")) return;
  pill.hidden = true;
  delete pill.dataset.since;
}
