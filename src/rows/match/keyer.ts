import { hash53 } from './hash.ts';
import { keyPlan, recordKeys } from './keys.ts';
import { preparer } from './match-record.ts';
import type { MatchRecord } from './match-record.ts';
import { wordingOf } from '../packed-row.ts';
import type { RowValues } from '../packed-row.ts';
import type { MatchPlan } from './model.ts';
import { areOfPersons } from './trait.ts';

/** What a plan makes of rows; its keys are the same for every model of the plan. */
export interface Keyer {
  prepare(row: RowValues): MatchRecord;
  /** The blocking keys of a record, each once: exact integers below 2^53. */
  keys(record: MatchRecord): number[];
}

const WORDING = 12;

/** Makes rows ready and finds their keys, by a plan alone. */
export function createKeyer(plan: MatchPlan): Keyer {
  const keys = keyPlan(plan.traits);
  const byWording = !areOfPersons(plan.traits);
  const crowded = new Set(plan.crowded);
  return {
    prepare: preparer(plan),
    keys(record) {
      const found: number[] = [];
      recordKeys(keys, record, (key) => {
        if (!crowded.has(key) && !found.includes(key)) found.push(key);
      });
      // However crowded what it says may be field by field: the same row again is found.
      const wording = byWording ? wordingOf(record.row) : '';
      if (wording !== '') found.push(hash53(wording, WORDING));
      return found;
    },
  };
}
