import Fuse from 'fuse.js';
import { foldName } from './fold-name.ts';

/** The field that a name is most like. */
export interface Likely {
  readonly index: number;
  /** 0 to 1, where 1 is equal. */
  readonly score: number;
  /** No other field is as like. */
  readonly isOnly: boolean;
}

/** Longer names say no more, and cost more. */
const MAX_LENGTH = 32;
/** Below it nothing is worth suggesting. */
const LEAST_SUGGESTED = 0.5;

/** What is looked at, so that no header and no schema makes this slow: names, names of fields, pairs held against each other. */
const MAX_NAMES = 200;
const MAX_FIELD_NAMES = 2_000;
const MAX_PAIRS = 10_000;

/** For each name the field it is most like, or null; names after the first 200 are like none. */
export function likeliest(
  names: readonly string[],
  fieldNames: readonly (readonly string[])[],
): readonly (Likely | null)[] {
  const known = fieldNames.flatMap((all, index) => all.map((name) => ({ index, ...comparable(name) })));
  let pairs = 0;
  return names.map((given, at) => {
    if (at >= MAX_NAMES) return null;
    const one = comparable(given);
    let best: Likely | null = null;
    for (const other of known.slice(0, MAX_FIELD_NAMES)) {
      const least: number = best?.score ?? LEAST_SUGGESTED;
      if (one.digits !== other.digits || mostAlike(one, other) < least || pairs >= MAX_PAIRS) continue;
      pairs++;
      const score = likeness(one.name, other.name);
      if (score < least) continue;
      const isTie: boolean = best !== null && score === best.score && other.index !== best.index;
      const isOnly: boolean = !isTie && (best === null || score > best.score || best.isOnly);
      best = { index: best !== null && isTie ? best.index : other.index, score, isOnly };
    }
    return best;
  });
}

interface Comparable {
  readonly name: string;
  /** `address1` and `address2` are one letter apart and two things. */
  readonly digits: string;
  /** How often each letter is in it, in 64 drawers. */
  readonly letters: Uint8Array;
}

function comparable(given: string): Comparable {
  const name = foldName(given).slice(0, MAX_LENGTH);
  const letters = new Uint8Array(64);
  for (let at = 0; at < name.length; at++) {
    const drawer = name.charCodeAt(at) & 63;
    letters[drawer] = (letters[drawer] ?? 0) + 1;
  }
  return { name, digits: name.replaceAll(/\P{N}/gu, ''), letters };
}

/**
 * How alike two names are: fuse.js finds one within the other, so that `name` would be all of `nickname`; only what holds
 * both ways counts.
 */
function likeness(left: string, right: string): number {
  return Math.min(foundIn(left, right), foundIn(right, left));
}

function foundIn(pattern: string, text: string): number {
  const [found] = new Fuse([text], FUSE).search(pattern);
  return found?.score === undefined ? 0 : Math.round((1 - found.score) * 1_000) / 1_000;
}

const FUSE = { includeScore: true, ignoreLocation: true, ignoreFieldNorm: true, threshold: 0.6 } as const;

/** More alike than the letters that they share no two names are. */
function mostAlike(left: Comparable, right: Comparable): number {
  let shared = 0;
  for (let drawer = 0; drawer < 64; drawer++) {
    shared += Math.min(left.letters[drawer] ?? 0, right.letters[drawer] ?? 0);
  }
  return shared / Math.max(left.name.length, right.name.length, 1);
}
