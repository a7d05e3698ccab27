import type { RowIssue } from '../domain/record.ts';
import { packRow, rowHash, unpackRow } from './packed-row.ts';

/** A mapped source row on its way into the target. */
export interface Candidate {
  /** From 1, in source order. */
  readonly rowNumber: number;
  /** What identifies the row in its source; null when the source gives nothing to know it by. */
  readonly identifier: string | null;
  /** Values of the target's fields, in their order; references are ids of target records by now. */
  readonly values: readonly (string | null)[];
  /** Of the values; see `rowHash`. */
  readonly hash: string;
  readonly issues: readonly RowIssue[];
  /** The values, packed; see `packRow`. */
  readonly packed: Packed;
  /** The same row with one more thing wrong with it. */
  withIssue(issue: RowIssue): Candidate;
}

/** A packed row among others: all of the bytes from `start` up to `end`. */
export interface Packed {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A row that has been read and mapped, before it has a number and before its references are resolved. */
export interface Draft {
  readonly identifier: string | null;
  readonly values: readonly (string | null)[];
  readonly issues: readonly RowIssue[];
}

/** What identifies a row and what is wrong with it. */
export type RowHead = Pick<Draft, 'identifier' | 'issues'>;

/**
 * A draft whose values are final. It keeps them packed, among those of other rows: what waits for its commit is nearly
 * no work for the garbage collector, and most rows are written without their values being looked at again.
 */
export class FinalDraft implements Draft, Packed {
  readonly identifier: string | null;
  readonly issues: readonly RowIssue[];
  readonly hash: string;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  /** @param bytes of which those from `start` up to `end` are the packed row */
  constructor({ identifier, issues }: RowHead, bytes: Buffer, start: number, end: number) {
    // Rows that have nothing in common but that nothing identifies them are no repetitions of each other.
    this.identifier = identifier === '' ? null : identifier;
    this.issues = issues;
    this.hash = rowHash(bytes.subarray(start, end));
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  static of(draft: Draft): FinalDraft {
    if (draft instanceof FinalDraft) return draft;
    const packed = packRow(draft.values);
    return new FinalDraft(draft, packed, 0, packed.length);
  }

  get values(): readonly (string | null)[] {
    return unpackRow(this.bytes, this.start, this.end);
  }

  /** The same row with memory of its own, which holds no other rows'. */
  alone(): FinalDraft {
    return new FinalDraft(this, Buffer.from(this.bytes.subarray(this.start, this.end)), 0, this.end - this.start);
  }
}

class NumberedRow implements Candidate {
  readonly rowNumber: number;
  readonly identifier: string | null;
  readonly hash: string;
  readonly issues: readonly RowIssue[];
  readonly packed: FinalDraft;
  #values: readonly (string | null)[] | null = null;

  constructor(draft: FinalDraft, rowNumber: number, issues: readonly RowIssue[]) {
    this.rowNumber = rowNumber;
    this.identifier = draft.identifier;
    this.hash = draft.hash;
    this.issues = issues;
    this.packed = draft;
  }

  get values(): readonly (string | null)[] {
    return (this.#values ??= this.packed.values);
  }

  withIssue(issue: RowIssue): Candidate {
    return new NumberedRow(this.packed, this.rowNumber, [...this.issues, issue]);
  }
}

/** Completes a draft: its values are final. */
export function candidate(draft: Draft, rowNumber: number): Candidate {
  const final = FinalDraft.of(draft);
  return new NumberedRow(final, rowNumber, final.issues);
}

/** Whether the row has been brought in before, by another job that tried it. */
export function isImported({ issues }: Pick<Candidate, 'issues'>): boolean {
  return issues.some(({ code }) => code === 'already_imported');
}

/** Whether an issue keeps the row out of the target. */
export function isRejected({ issues }: Pick<Candidate, 'issues'>): boolean {
  return issues.some((issue) => issue.fatal);
}
