import { reader } from './comparable-of.ts';
import { MISSING } from './comparable.ts';
import type { Comparable, TermStatistics } from './comparable.ts';
import type { MatchPlan } from './model.ts';
import { termStatistics } from './terms.ts';
import type { Trait } from './trait.ts';
import type { RowValues } from '../packed-row.ts';

/** What makes the values of rows ready. */
type Readers = readonly ((row: RowValues) => Comparable)[];

/** A row whose values are made ready by trait when they are asked for: most candidates are told apart by their first. */
export class MatchRecord {
  readonly row: RowValues;
  readonly #readers: Readers;
  readonly #values: (Comparable | undefined)[];

  constructor(readers: Readers, row: RowValues) {
    this.row = row;
    this.#readers = readers;
    this.#values = readers.map(unread);
  }

  /** The value of a trait; a missing one also where there is no such trait. */
  at(trait: number): Comparable {
    const known = this.#values[trait];
    if (known !== undefined) return known;
    const read = this.#readers[trait];
    return read === undefined ? MISSING : (this.#values[trait] = read(this.row));
  }
}

/** Makes rows ready by a plan. */
export function preparer({ traits, terms }: Pick<MatchPlan, 'traits' | 'terms'>): Prepare {
  return preparerBy(
    traits,
    traits.map(({ kind }, at) => termStatistics(kind, terms[at] ?? NOTHING)),
  );
}

export type Prepare = (row: RowValues) => MatchRecord;

/** The same where the values' statistics may be filled in later, as nobody asks for them before. */
export function preparerBy(traits: readonly Trait[], statistics: readonly TermStatistics[]): Prepare {
  const readers = traits.map((trait, at) => reader(trait, statistics[at] ?? null));
  return (row) => new MatchRecord(readers, row);
}

const unread = (): undefined => undefined;
const NOTHING = { records: 0, share: 1, values: [], otherValues: 1, words: [], otherWords: 1 };
