/** Random numbers that come out the same for the same seed, for tests over many generated values. */
export interface Seeded {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  /** True this often, 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  digits(count: number): string;
}

/** Mulberry32: 32 bits of state, good enough to find what a test did not think of. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    pick: (from) => {
      if (from.length === 0) throw new Error('there is nothing to pick from');
      return from[below(from.length)] as (typeof from)[number];
    },
    digits: (count) => Array.from({ length: count }, () => String(below(10))).join(''),
  };
}
