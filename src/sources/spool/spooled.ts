import { z } from 'zod';
import { ISSUE_CODES } from '../../domain/record.ts';
import type { IssueCode } from '../../domain/record.ts';

/** A cell that could not be read truthfully; what stands in the table is null. */
export interface CellIssue {
  /** Index among the table's columns, from 0; null when the row as a whole is at fault. */
  readonly column: number | null;
  readonly code: IssueCode;
  readonly message: string;
  /** What the file has there, cut to `MAX_ISSUE_VALUE` characters. */
  readonly value: string | null;
}

/** The name of every table file's last column: empty, or its row's issues as a JSON array of `CellIssue`. */
export const ISSUES_COLUMN = '_issues';

const cellIssues = z.array(
  z.strictObject({
    column: z.int().nullable(),
    code: z.enum(ISSUE_CODES),
    message: z.string(),
    value: z.string().nullable(),
  }),
);

/** The issues a table file's last column tells of one row; none of an empty text. */
export function readCellIssues(text: string): readonly CellIssue[] {
  return text === '' ? [] : cellIssues.parse(JSON.parse(text));
}

/**
 * A file on its way to a table file. `table` can be read once; `report` is final when it has ended. Dispose it in any
 * case: that gives back its room on disk.
 */
export interface Spooled<Report> extends AsyncDisposable {
  readonly table: AsyncIterable<Buffer>;
  readonly report: () => Report;
}

export interface SpoolOptions {
  readonly signal: AbortSignal;
  /** Where files lie while they are worked on; they have no name there, so nothing stays when the process dies. */
  readonly scratchFolder: string;
}
