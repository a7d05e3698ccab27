import type { RowIssue } from '../domain/record.ts';
import { copyLine, rowHash } from './copy-line.ts';

/** A mapped source row on its way into the target. */
export interface Candidate {
  /** From 1, in source order. */
  readonly rowNumber: number;
  /** What identifies the row in its source; null when the source gives nothing to know it by. */
  readonly identifier: string | null;
  /** Values of the target's fields, in their order; references are ids of target records by now. */
  readonly values: readonly (string | null)[];
  /** The values as a COPY line and its hash; see `rowHash`. */
  readonly line: string;
  readonly hash: string;
  readonly issues: readonly RowIssue[];
}

/** A row that has been read and mapped, before it has a number and before its references are resolved. */
export interface Draft {
  readonly identifier: string | null;
  readonly values: (string | null)[];
  readonly issues: readonly RowIssue[];
}

/** Completes a draft: its values are final. */
export function candidate(draft: Draft, rowNumber: number): Candidate {
  const { identifier, values, issues } = draft;
  const line = copyLine(values);
  return { rowNumber, identifier, values, line, hash: rowHash(line), issues };
}

/** Whether an issue keeps the row out of the target. */
export function isRejected(row: Pick<Candidate, 'issues'>): boolean {
  return row.issues.some((issue) => issue.fatal);
}
