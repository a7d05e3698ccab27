/** Choices that look random and are the same for ever for the same seed, stream and id. */
export interface Random {
  /** 0 ≤ x < 1. */
  readonly fraction: () => number;
  /** A whole number from 0 up to, not including, `limit`. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T extends NonNullable<unknown>>(list: readonly T[]) => T;
}

/** Spreads three numbers over 32 bits (the finaliser of MurmurHash3, applied to each in turn). */
function mix(seed: number, stream: number, id: number): number {
  let hash = seed | 0;
  for (const part of [stream, id]) {
    hash = Math.imul(hash ^ part, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    hash ^= hash >>> 16;
  }
  return hash;
}

/**
 * The choices of one thing. Each thing has its own, so that any of them can be made again alone, in any order and
 * without memory of the others. The generator is mulberry32.
 */
export function randomOf(seed: number, stream: number, id: number): Random {
  let state = mix(seed, stream, id);
  const fraction = (): number => {
    state = (state + 0x6d2b_79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (list) => {
      const value = list[below(list.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}
