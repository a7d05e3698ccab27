import { reader } from './comparable-of.ts';
import { MISSING } from './comparable.ts';
import type { Comparable } from './comparable.ts';
import type { MatchPlan } from './model.ts';
import { termStatistics } from './terms.ts';

/** What makes the values of rows ready. */
type Readers = readonly ((row: readonly (string | null)[]) => Comparable)[];

/** A row whose values are made ready by trait when they are asked for: most candidates are told apart by their first. */
export class MatchRecord {
  readonly #readers: Readers;
  readonly #row: readonly (string | null)[];
  readonly #values: (Comparable | undefined)[];

  constructor(readers: Readers, row: readonly (string | null)[]) {
    this.#readers = readers;
    this.#row = row;
    this.#values = readers.map(unread);
  }

  /** The value of a trait; a missing one also where there is no such trait. */
  at(trait: number): Comparable {
    const known = this.#values[trait];
    if (known !== undefined) return known;
    const read = this.#readers[trait];
    return read === undefined ? MISSING : (this.#values[trait] = read(this.#row));
  }
}

/** Makes rows ready by a plan. */
export function preparer(plan: MatchPlan): (row: readonly (string | null)[]) => MatchRecord {
  const { traits } = plan;
  const readers = traits.map((trait, at) => reader(trait, termStatistics(trait.kind, plan.terms[at] ?? NOTHING)));
  return (row) => new MatchRecord(readers, row);
}

const unread = (): undefined => undefined;
const NOTHING = { records: 0, share: 1, values: [], otherValues: 1, words: [], otherWords: 1 };
