import type { RecordAction } from './record.ts';

/** What was planned for a row of a source. */
export interface PlannedOutcome {
  readonly action: RecordAction;
  /** The record it meets or, where it is to be created, is going to be. */
  readonly targetId: string | null;
  readonly duplicateOf: string | null;
  /** Hash of what the record it meets held before, in hex; null where there was none. */
  readonly state: string | null;
}

/** Rows of a plan by what is going to become of them; `drifted` are those that were held when it was applied. */
export interface PlanSummary {
  readonly create: number;
  readonly update: number;
  readonly skip: number;
  readonly fail: number;
  readonly review: number;
  readonly drifted: number;
}

export const CHANGE_ACTIONS = ['create', 'update', 'skip', 'fail', 'review'] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];
