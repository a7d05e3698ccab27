/** What the evidence of pairs adds up to, in bits without any prior, and the most their odds can be. */
export interface PairSums {
  readonly sums: readonly number[];
  readonly most: readonly number[];
}

const ROUNDS = 60;
const SETTLED = 1e-3;

/**
 * log2 odds that a pair taken at random is the same thing: the share of matches under which the pairs' own probabilities
 * add up to it (EM with all else fixed), found from candidates that are a `share` of those among `possible` pairs. At
 * least half a match, and at most half of the pairs.
 */
export function priorOf({ sums, most }: PairSums, share: number, possible: number): { bits: number; matches: number } {
  if (possible === 0) return { bits: 0, matches: 0 };
  let matches = Math.max(1, possible * 1e-6);
  for (let round = 0; round < ROUNDS; round++) {
    matches = Math.min(matches, possible / 2);
    const prior = Math.log2(matches / (possible - matches));
    let next = 0;
    for (let at = 0; at < sums.length; at++) {
      next += 1 / (1 + 2 ** -Math.min((sums[at] ?? 0) + prior, most[at] ?? Number.POSITIVE_INFINITY));
    }
    next = 0.5 + next / share;
    const settled = Math.abs(next - matches) < SETTLED * matches;
    matches = next;
    if (settled) break;
  }
  matches = Math.min(matches, possible / 2);
  return { bits: Math.log2(matches / (possible - matches)), matches };
}
