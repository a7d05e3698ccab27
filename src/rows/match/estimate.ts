/** Levels of many pairs, a row of `width` a pair; -1 is a missing value. */
export interface LevelTable {
  readonly width: number;
  readonly pairs: number;
  readonly levels: Int8Array;
  /** log2 of the chance of that level among different things; at the top that of the very value. */
  readonly chance: Float64Array;
  /** 1 for pairs that are different things whatever their levels. */
  readonly vetoed: Uint8Array;
}

/** What m is before any data, at the top level, at 0, and shared by those between; and how many pairs that is worth. */
const PRIOR_TOP = 0.75;
const PRIOR_NONE = 0.1;
const PRIOR_WORTH = 12;
const ROUNDS = 40;
const FIRST_SHARE = 0.2;
const SETTLED = 1e-4;

/** The m a trait starts with. */
export function priorM(top: number): number[] {
  const between = top > 1 ? (1 - PRIOR_TOP - PRIOR_NONE) / (top - 1) : 0;
  return Array.from({ length: top + 1 }, (_, level) =>
    level === top ? PRIOR_TOP + (top > 1 ? 0 : 1 - PRIOR_TOP - PRIOR_NONE) : level === 0 ? PRIOR_NONE : between,
  );
}

/** Of each level, the pairs that have it, those where a value is missing left out. */
export function countLevels(table: LevelTable, trait: number, top: number): number[] {
  const counts = Array.from({ length: top + 1 }, () => 0);
  for (let pair = 0; pair < table.pairs; pair++) {
    const level = table.levels[pair * table.width + trait] ?? -1;
    if (level >= 0) counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}

/** Expected counts of levels among the pairs that are the same thing: `counts[trait][level]`. */
export type ExpectedCounts = number[][];

const log2 = Math.log2;

/**
 * One session of expectation–maximisation (Fellegi–Sunter as a mixture of two classes, Winkler 1988): u is fixed, m and
 * the share of matches are estimated on `pairs` from the traits in `using`. Against degenerate answers: m is held by a
 * prior, the pairs come from one kind of key whose own traits are not used (so that different things among them agree
 * no more than chance in what is used), and vetoed pairs never count as matches. Where pairs were chosen by what is used,
 * `among` says how many pairs they were chosen from, all others being different things.
 */
export function session(
  table: LevelTable,
  pairs: Int32Array,
  using: readonly number[],
  start: readonly (readonly number[])[],
  among: number = pairs.length,
): { readonly counts: ExpectedCounts; readonly matches: number } {
  const m = start.map((levels) => [...levels]);
  let share = (FIRST_SHARE * pairs.length) / among;
  let counts: ExpectedCounts = [];
  let matches = 0;
  for (let round = 0; round < ROUNDS; round++) {
    counts = start.map((levels) => levels.map(() => 0));
    matches = 0;
    const logM = m.map((levels) => levels.map(log2));
    const prior = log2(share / (1 - share));
    for (const pair of pairs) {
      if (table.vetoed[pair] === 1) continue;
      const row = pair * table.width;
      let bits = prior;
      for (const trait of using) {
        const level = table.levels[row + trait] ?? -1;
        if (level >= 0) bits += (logM[trait]?.[level] ?? 0) - (table.chance[row + trait] ?? 0);
      }
      const chance = 1 / (1 + 2 ** -bits);
      if (chance < 1e-6) continue;
      matches += chance;
      for (const trait of using) {
        const level = table.levels[row + trait] ?? -1;
        const into = counts[trait];
        if (level >= 0 && into !== undefined) into[level] = (into[level] ?? 0) + chance;
      }
    }
    let moved = (Math.abs(share - matches / among) * among) / pairs.length;
    share = Math.min(0.98, Math.max(1e-5 * (pairs.length / among), matches / among));
    for (const trait of using) {
      const next = smoothed(counts[trait] ?? [], start[trait] ?? []);
      next.forEach((value, level) => (moved = Math.max(moved, Math.abs(value - (m[trait]?.[level] ?? 0)))));
      m[trait] = next;
    }
    if (moved < SETTLED) break;
  }
  return { counts, matches };
}

/** m from expected counts, drawn towards what it was before. */
export function smoothed(counts: readonly number[], prior: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0) + PRIOR_WORTH;
  return counts.map((count, level) => (count + PRIOR_WORTH * (prior[level] ?? 0)) / total);
}

/**
 * log2(m / u) by level, made to rise with the level: neighbours that fall are levelled out by how often they occur
 * among matches (pool adjacent violators), since more agreement is never less evidence.
 */
export function risingBits(m: readonly number[], u: readonly number[]): number[] {
  const pools: { m: number; u: number; levels: number }[] = [];
  m.forEach((value, level) => {
    pools.push({ m: value, u: u[level] ?? 1, levels: 1 });
    for (;;) {
      const last = pools.at(-1);
      const before = pools.at(-2);
      if (last === undefined || before === undefined || before.m / before.u <= last.m / last.u) break;
      pools.splice(-2, 2, { m: before.m + last.m, u: before.u + last.u, levels: before.levels + last.levels });
    }
  });
  return pools.flatMap((pool) => Array.from({ length: pool.levels }, () => log2(pool.m / pool.u)));
}
