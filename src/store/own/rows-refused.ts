import type { RowIssue } from '../../domain/record.ts';
import type { Candidate } from '../../rows/candidate.ts';

/** Rows that an own table does not take, known at once and not only by trying: they fail, and the rest is decided anew. */
export class RowsRefused extends Error {
  readonly issues: ReadonlyMap<Candidate, RowIssue>;

  constructor(issues: ReadonlyMap<Candidate, RowIssue>) {
    super(`the table does not take ${issues.size} rows`);
    this.issues = issues;
  }
}
