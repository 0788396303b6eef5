// The work that a form asks of the sender's computer: puzzles are solved while the visitor types, without a worker and
// without holding up the page. Puzzle and solution are base64url over JSON.
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

// The server takes a solution for ten minutes after it gave the puzzle; one is not begun late in them.
const GOOD_FOR = 8 * 60_000;
// Whoever sends waits so long at most: what is not done by then is sent undone.
const PATIENCE = 20_000;

function read(text) {
  return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
}

function written(value) {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function solve(puzzle) {
  const challenge = read(puzzle);
  if (challenge.solution) return puzzle;
  const solution = await solveChallenge({ challenge, deriveKey });
  return solution ? written({ challenge, solution }) : puzzle;
}

/** What comes with a form that is shown: the server's answer at that address, or nothing in time. */
export async function additions(address) {
  const answer = await fetch(`${address}/token`, { credentials: "omit", signal: AbortSignal.timeout(10_000) });
  return answer.ok ? answer.json() : {};
}

/** The puzzles of one form, by the names of their fields. Whatever fails is no reason not to send. */
export class Work {
  #puzzles = {};
  #taken; // when the puzzles came, by the visitor's clock
  #ask;
  #doing;

  /** `ask` gives fresh puzzles. */
  constructor(ask) {
    this.#ask = ask;
  }

  take(puzzles) {
    this.#puzzles = puzzles;
    this.#taken = Date.now();
  }

  /** Begins what is still to do, unless that is going on. */
  begin() {
    this.#doing ??= this.#work().catch(() => {}).finally(() => (this.#doing = undefined));
    return this.#doing;
  }

  /** The solutions, for one submission: the next one gets other puzzles. */
  async done() {
    await Promise.race([this.begin(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    const solved = this.#puzzles;
    if (Object.keys(solved).length > 0) this.#taken = undefined;
    return solved;
  }

  async #work() {
    const age = Date.now() - (this.#taken ?? 0);
    if (this.#taken === undefined || (age > GOOD_FOR && Object.keys(this.#puzzles).length > 0)) this.take(await this.#ask());
    const solved = {};
    for (const [name, puzzle] of Object.entries(this.#puzzles)) solved[name] = await solve(puzzle);
    this.#puzzles = solved;
  }
}
