import { NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import type { Outcome } from '../../rows/decide.ts';

/** Outcomes in the words every job is counted in. */
export function countOutcomes(outcomes: readonly Outcome[]): Counters {
  const counted = { ...NO_ROWS };
  for (const { action, duplicateOf } of outcomes) {
    counted[action]++;
    if (duplicateOf !== null) counted.duplicates++;
  }
  return counted;
}
