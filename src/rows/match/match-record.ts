import { comparableOf } from './comparable-of.ts';
import { MISSING } from './comparable.ts';
import type { Comparable, TermStatistics } from './comparable.ts';
import type { MatchPlan } from './model.ts';
import { termStatistics } from './terms.ts';
import type { Trait } from './trait.ts';

/** What makes the values of rows ready. */
interface Preparation {
  readonly traits: readonly Trait[];
  readonly statistics: readonly TermStatistics[];
}

/** A row whose values are made ready by trait when they are asked for: most candidates are told apart by their first. */
export class MatchRecord {
  readonly #preparation: Preparation;
  readonly #row: readonly (string | null)[];
  readonly #values: (Comparable | undefined)[];

  constructor(preparation: Preparation, row: readonly (string | null)[]) {
    this.#preparation = preparation;
    this.#row = row;
    this.#values = [];
  }

  /** The value of a trait; a missing one also where there is no such trait. */
  at(trait: number): Comparable {
    const known = this.#values[trait];
    if (known !== undefined) return known;
    const found = this.#preparation.traits[trait];
    if (found === undefined) return MISSING;
    const value = comparableOf(found, this.#row, this.#preparation.statistics[trait] ?? null);
    while (this.#values.length < trait) this.#values.push(undefined);
    this.#values[trait] = value;
    return value;
  }
}

/** Makes rows ready by a plan. */
export function preparer(plan: MatchPlan): (row: readonly (string | null)[]) => MatchRecord {
  const { traits } = plan;
  const statistics = traits.map((trait, at) => termStatistics(trait.kind, plan.terms[at] ?? NOTHING));
  const preparation = { traits, statistics };
  return (row) => new MatchRecord(preparation, row);
}

const NOTHING = { records: 0, share: 1, values: [], otherValues: 1, words: [], otherWords: 1 };
