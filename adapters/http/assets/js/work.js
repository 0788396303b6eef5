// The work that a form asks of the sender's computer: a puzzle is solved while the visitor types, without a worker and
// without holding up the page. Puzzle and solution are base64url over JSON.
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

// The server takes a solution for ten minutes; one is not begun late in them.
const GOOD_FOR = 8 * 60_000;

function read(text) {
  return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
}

function written(value) {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Whether a puzzle, solved or not, is still good for a submission. */
export function isFresh(text) {
  const work = read(text);
  return Date.now() - (work.challenge ?? work).parameters.data.at < GOOD_FOR;
}

/** What is sent for a puzzle; what is solved already stays as it is. */
export async function solve(puzzle) {
  const challenge = read(puzzle);
  if (challenge.solution) return puzzle;
  const solution = await solveChallenge({ challenge, deriveKey });
  return solution ? written({ challenge, solution }) : puzzle;
}
