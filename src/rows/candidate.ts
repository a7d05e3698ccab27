import type { RowIssue } from '../domain/record.ts';
import { copyLine, copyLineValues, rowHash } from './copy-line.ts';

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
  readonly values: readonly (string | null)[];
  readonly issues: readonly RowIssue[];
}

/**
 * A draft whose values are final. It keeps them as their COPY line: what waits for its commit is one text instead of
 * many, and most rows are written without their values being looked at again.
 */
export class FinalDraft implements Draft {
  readonly identifier: string | null;
  readonly issues: readonly RowIssue[];
  readonly line: string;
  readonly hash: string;

  constructor({ identifier, values, issues }: Draft) {
    // Rows that have nothing in common but that nothing identifies them are no repetitions of each other.
    this.identifier = identifier === '' ? null : identifier;
    this.issues = issues;
    this.line = copyLine(values);
    this.hash = rowHash(this.line);
  }

  get values(): readonly (string | null)[] {
    return copyLineValues(this.line);
  }
}

class NumberedRow implements Candidate {
  readonly rowNumber: number;
  readonly identifier: string | null;
  readonly line: string;
  readonly hash: string;
  readonly issues: readonly RowIssue[];
  #values: readonly (string | null)[] | null = null;

  constructor(draft: FinalDraft, rowNumber: number) {
    this.rowNumber = rowNumber;
    this.identifier = draft.identifier;
    this.line = draft.line;
    this.hash = draft.hash;
    this.issues = draft.issues;
  }

  get values(): readonly (string | null)[] {
    return (this.#values ??= copyLineValues(this.line));
  }
}

/** Completes a draft: its values are final. */
export function candidate(draft: Draft, rowNumber: number): Candidate {
  return new NumberedRow(draft instanceof FinalDraft ? draft : new FinalDraft(draft), rowNumber);
}

/** Whether an issue keeps the row out of the target. */
export function isRejected({ issues }: Pick<Candidate, 'issues'>): boolean {
  return issues.some((issue) => issue.fatal);
}
