import type { TraitKind } from './trait.ts';

/**
 * What is usual in the world, for where data are too few to tell: how often different things agree at each level, from 0
 * up, and among how many records a value is met once. Counted data soon outweigh it.
 */
interface Usual {
  readonly u: readonly number[];
  readonly values: number;
}

const USUAL: Readonly<Record<TraitKind, Usual>> = {
  given: { u: [0.93, 0.035, 0.015, 0.003, 0.005, 0.012], values: 100 },
  family: { u: [0.965, 0.025, 0.005, 0.005], values: 300 },
  email: { u: [0.99, 0.008, 0.0015, 0.0005], values: 5_000 },
  phone: { u: [0.993, 0.005, 0.001, 0.001], values: 3_000 },
  words: { u: [0.9, 0.06, 0.02, 0.01, 0.005, 0.005], values: 500 },
  street: { u: [0.95, 0.035, 0.01, 0.002, 0.001, 0.002], values: 1_000 },
  place: { u: [0.88, 0.03, 0.01, 0.08], values: 20 },
  postcode: { u: [0.85, 0.1, 0.04, 0.01], values: 200 },
  date: { u: [0.94, 0.045, 0.012, 0.002, 0.001], values: 3_000 },
  number: { u: [0.75, 0.15, 0.05, 0.05], values: 50 },
  year: { u: [0.85, 0.1, 0.05], values: 20 },
  code: { u: [0.985, 0.01, 0.003, 0.002], values: 5_000 },
};

/** How many pairs the usual chances are worth. */
const WORTH_PAIRS = 300;
/** How many records of a trait's usual values one counted record outweighs. */
const OUTWEIGHS = 50;

/** How often different things agree at each level: what is usual, outweighed by counted pairs. */
export function chances(kind: TraitKind, counts: readonly number[]): number[] {
  const usual = USUAL[kind].u;
  const total = WORTH_PAIRS + counts.reduce((sum, count) => sum + count, 0);
  return usual.map((share, level) => (WORTH_PAIRS * share + (counts[level] ?? 0)) / total);
}

/**
 * log2 of the chance that another record has a value which `count` of `records` have, these being a `share` of all. As many
 * of the two that are compared as are among them are left out; a value that nobody else has was met by half a record of
 * these and of as many as make the value usual.
 */
export function rarityOf(kind: TraitKind, count: number, records: number, share: number): number {
  const { values } = USUAL[kind];
  const others = Math.max(0, count - 2 * share) / (records + values / OUTWEIGHS);
  return Math.log2(Math.min(1, others + 0.5 / (records + values)));
}
