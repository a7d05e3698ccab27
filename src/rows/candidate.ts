import type { RowIssue } from '../domain/record.ts';

/** A mapped source row on its way into the target. */
export interface Candidate {
  /** From 1, in source order. */
  readonly rowNumber: number;
  /** What identifies the row in its source; null when the source gives nothing to know it by. */
  readonly identifier: string | null;
  /** Values of the target's fields, in their order; references are ids of target records by now. */
  readonly values: readonly (string | null)[];
  /** The values as a COPY line and its hash. */
  readonly line: string;
  readonly hash: string;
  readonly issues: readonly RowIssue[];
}

/** Whether an issue keeps the row out of the target. */
export function isRejected(candidate: Pick<Candidate, 'issues'>): boolean {
  return candidate.issues.some((issue) => issue.fatal);
}
