import { comparableOf } from './comparable.ts';
import { keyPlan, recordKeys } from './keys.ts';
import type { MatchPlan } from './model.ts';
import type { MatchRecord } from './pair-levels.ts';
import { weigher } from './terms.ts';

/** Makes rows ready by a plan. */
export function preparer(plan: MatchPlan): (row: readonly (string | null)[]) => MatchRecord {
  const { traits } = plan;
  const weighers = traits.map((trait, at) => weigher(trait.kind, plan.terms[at] ?? NOTHING));
  return (row) =>
    traits.map((trait, at) => {
      const value = comparableOf(trait, row);
      weighers[at]?.(value);
      return value;
    });
}

/** What a plan makes of rows; its keys are the same for every model of the plan. */
export interface Keyer {
  prepare(row: readonly (string | null)[]): MatchRecord;
  /** The blocking keys of a record, each once: exact integers below 2^53. */
  keys(record: MatchRecord): number[];
}

/** Makes rows ready and finds their keys, by a plan alone. */
export function createKeyer(plan: MatchPlan): Keyer {
  const keys = keyPlan(plan.traits);
  const crowded = new Set(plan.crowded);
  return {
    prepare: preparer(plan),
    keys(record) {
      const found: number[] = [];
      recordKeys(keys, record, (key) => {
        if (!crowded.has(key) && !found.includes(key)) found.push(key);
      });
      return found;
    },
  };
}

const NOTHING = { records: 0, values: [], otherValues: 1, words: [], otherWords: 1 };
