// Cards are moved on the board: with the mouse or a pen by pulling, with the keyboard by lifting (Space), moving (arrows)
// and putting down (Space or Enter); Escape puts a card back. Without this a lead's own page moves it.
import { announce } from "./announce.js";
import { giveUp } from "./give_up.js";
import { shown } from "./tab.js";
import { toast } from "./toast.js";

const FAR = 6;
let lifted, pulled;

const board = () => document.getElementById("board");
const columns = () => [...board().querySelectorAll("ol[data-stage]")];
const cards = (column) => [...column.querySelectorAll(":scope > .board-card")];
const face = (card) => card.querySelector("[data-row]");
const mayMove = () => board()?.hasAttribute("data-moves");

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("#board .board-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const held = lifted?.card === card;
  const act = {
    " ": () => (held ? drop() : lift(card)),
    Enter: () => held && drop(),
    Escape: () => held && putBack(),
    ArrowLeft: () => (held ? across(-1) : look(card, -1, 0)),
    ArrowRight: () => (held ? across(1) : look(card, 1, 0)),
    ArrowUp: () => (held ? along(-1) : look(card, 0, -1)),
    ArrowDown: () => (held ? along(1) : look(card, 0, 1)),
  }[event.key];
  if (!act || act() === false) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("focusout", ({ target }) => {
  // A card that is moved in the page loses the focus for a moment.
  if (lifted?.card.contains(target) && !lifted.moving) setTimeout(() => lifted && !lifted.card.contains(document.activeElement) && putBack());
});

function look(card, aside, step) {
  const all = columns();
  const column = card.parentElement;
  const at = cards(column).indexOf(card);
  for (let to = all.indexOf(column) + aside; all[to]; to += aside) {
    const there = cards(all[to]);
    if (aside && !there.length) continue;
    face(there[Math.max(0, Math.min(there.length - 1, at + step))])?.focus();
    return true;
  }
  return true;
}

function lift(card) {
  if (!mayMove()) return false;
  take(card);
  announce(board().dataset.lifted.replace("#", card.dataset.label));
}

// News waits as long as a card is in somebody's hand: `editing` says so.
function take(card) {
  lifted = { card, from: card.parentElement, next: card.nextElementSibling };
  card.classList.add("lifted", "editing");
}

function place(column, before) {
  lifted.moving = true;
  column.insertBefore(lifted.card, before ?? column.querySelector(":scope > .more"));
  lifted.moving = false;
}

function across(step) {
  const all = columns();
  const to = all[all.indexOf(lifted.card.parentElement) + step];
  if (to) place(to, cards(to)[0]);
  tell();
}

function along(step) {
  const { card } = lifted;
  const others = cards(card.parentElement);
  const to = others.indexOf(card) + step;
  if (others[to]) place(card.parentElement, step < 0 ? others[to] : others[to + 1] ?? null);
  tell();
}

function tell() {
  const { card } = lifted;
  face(card).focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  const column = card.parentElement;
  announce(board().dataset.stands.replace("#1", name(column)).replace("#2", cards(column).indexOf(card) + 1).replace("#3", cards(column).length));
}

const name = (column) => document.getElementById(`head-${column.dataset.stage}`).querySelector("span:not(.dot)").textContent;

function letGo() {
  lifted.card.classList.remove("lifted", "editing");
  lifted = undefined;
}

function putBack(silent) {
  const { card, from, next } = lifted;
  const focused = card.contains(document.activeElement);
  place(from, next);
  letGo();
  if (focused) face(card).focus();
  if (!silent) announce(board().dataset.back.replace("#", card.dataset.label));
}

async function drop() {
  const { card, from, next } = lifted;
  const column = card.parentElement;
  if (column === from && card.nextElementSibling === next) return putBack();
  const wish = new URLSearchParams({ stage: column.dataset.stage, version: card.dataset.version, reason: "", why: "" });
  if (column !== from && column.dataset.kind === "disqualified") {
    lifted.moving = true;
    const why = await giveUp();
    lifted.moving = false;
    face(card).focus();
    if (!why) return putBack();
    for (const [field, value] of why) wish.set(field, value);
  }
  const all = cards(column);
  const at = all.indexOf(card);
  if (at > 0) wish.set("below", all[at - 1].dataset.key);
  else if (all[1]) wish.set("above", all[1].dataset.key);
  const answer = await fetch(`/leads/${card.dataset.key}/stage`, {
    method: "POST", body: wish, redirect: "manual", headers: { Accept: "application/json", ...shown() },
  }).catch(() => null);
  if (answer?.type === "opaqueredirect") {
    card.dataset.version = Number(card.dataset.version) + 1;
    announce(board().dataset.put.replace("#1", card.dataset.label).replace("#2", name(column)));
    letGo();
    face(card).focus();
    return refresh();
  }
  putBack(true);
  toast(answer ? (await answer.json().catch(() => null))?.title : document.body.dataset.offline);
  if (answer) refresh();
}

// What is true now, with the focus where it was. Deeper cards that had been asked for are asked for again by hand.
async function refresh() {
  const answer = await fetch(board().dataset.here, { headers: { Accept: "text/html", ...shown() } }).catch(() => null);
  if (!answer?.ok || answer.redirected || lifted || pulled) return;
  const key = document.activeElement?.closest("[data-key]")?.dataset.key;
  window.htmx?.swap(board(), await answer.text(), { swapStyle: "outerHTML", settleDelay: 0 }, { select: "#board" });
  const card = key && board().querySelector(`[data-key="${key}"]`);
  if (card) face(card).focus();
}

// --- pulling -----------------------------------------------------------------------------------------------------------

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("#board[data-moves] .board-card");
  // A finger scrolls the board; a lead's own page moves it there.
  if (!card || lifted || event.button !== 0 || event.pointerType === "touch") return;
  pulled = { key: card.dataset.key, x: event.clientX, y: event.clientY };
});
document.addEventListener("pointermove", (event) => {
  if (!pulled) return;
  if (!lifted) {
    if (Math.hypot(event.clientX - pulled.x, event.clientY - pulled.y) < FAR) return;
    // News may have put another element in the place of the one that was pressed.
    const card = board().querySelector(`[data-key="${pulled.key}"]`);
    if (!card) return void (pulled = undefined);
    take(card);
    board().classList.add("pulling");
  }
  const column = document.elementFromPoint(event.clientX, event.clientY)?.closest(".board-column")?.querySelector("ol");
  if (!column) return;
  const below = cards(column).find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return card !== lifted.card && event.clientY < top + height / 2;
  });
  if (lifted.card.parentElement !== column || lifted.card.nextElementSibling !== (below ?? null)) place(column, below);
});
document.addEventListener("pointerup", () => {
  const moved = pulled && lifted;
  pulled = undefined;
  if (!moved) return;
  board().classList.remove("pulling");
  // The click that may follow would open the lead.
  const swallow = (event) => event.preventDefault();
  addEventListener("click", swallow, { capture: true });
  setTimeout(() => {
    removeEventListener("click", swallow, { capture: true });
    drop();
  });
});
document.addEventListener("pointercancel", () => {
  if (pulled && lifted) putBack();
  pulled = undefined;
});
document.addEventListener("dragstart", (event) => event.target.closest?.("#board .board-card") && event.preventDefault());
