import type { Comparable } from './comparable.ts';
import { isTypo } from './similarity.ts';

const MOST = 256;
const taken = new Uint8Array(MOST);

/** How much a word that is the other with a slip, or its beginning, counts of an equal one. */
const TYPO = 0.8;
const BEGINNING = 0.6;

function likeness(a: string, b: string): number {
  if (a.length === 1 || b.length === 1) return a.charCodeAt(0) === b.charCodeAt(0) ? BEGINNING : 0;
  if (isTypo(a, b)) return TYPO;
  const short = Math.min(a.length, b.length);
  return short >= 3 && (a.startsWith(b) || b.startsWith(a)) ? BEGINNING : 0;
}

/**
 * How alike two sets of words are, 0 to 1: what their common words tell of what all of them tell (a weighted Dice
 * coefficient, words weighing the less the more frequent they are), with a share for the smaller set lying in the larger.
 * Words agree also with a slip or abbreviated. Symmetric.
 */
export function wordLikeness(one: Comparable, other: Comparable): number {
  if (one.total === 0 || other.total === 0) return 0;
  const turned =
    one.words.length > other.words.length || (one.words.length === other.words.length && one.text > other.text);
  const a = turned ? other : one;
  const b = turned ? one : other;
  const n = Math.min(a.words.length, MOST);
  const m = Math.min(b.words.length, MOST);
  taken.fill(0, 0, m);
  let inA = 0;
  let inB = 0;
  let at = 0;
  let open = 0;
  for (let i = 0; i < n; i++) {
    const word = a.words[i] ?? '';
    while (at < m && (b.words[at] ?? '') < word) at++;
    if (at < m && b.words[at] === word) {
      taken[at] = 1;
      inA += a.weights[i] ?? 0;
      inB += b.weights[at] ?? 0;
    } else open++;
  }
  if (open > 0) {
    for (let i = 0; i < n; i++) {
      const word = a.words[i] ?? '';
      let best = 0;
      let where = -1;
      let equal = false;
      for (let j = 0; j < m; j++) {
        const found = b.words[j] ?? '';
        if (found === word) {
          equal = true;
          break;
        }
        if (taken[j] === 1) continue;
        const alike = likeness(word, found);
        if (alike > best) {
          best = alike;
          where = j;
        }
      }
      if (equal || where < 0) continue;
      taken[where] = 1;
      inA += best * (a.weights[i] ?? 0);
      inB += best * (b.weights[where] ?? 0);
    }
  }
  const dice = (inA + inB) / (a.total + b.total);
  const inside = a.total <= b.total ? inA / a.total : inB / b.total;
  return 0.65 * dice + 0.35 * Math.min(1, inside);
}
