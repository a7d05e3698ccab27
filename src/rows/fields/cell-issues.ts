import { z } from 'zod';
import type { ImporterField } from '../../domain/importer.ts';
import { ISSUE_CODES } from '../../domain/record.ts';
import type { RowIssue } from '../../domain/record.ts';
import { shown } from './field-issue.ts';

/** A cell that could not be read truthfully, as a table file's last column tells of it. */
const unreadCells = z.array(
  z.object({
    /** Index among the table's columns; null when the row as a whole is at fault. */
    column: z.number().int().min(0).nullable(),
    code: z.enum(ISSUE_CODES),
    message: z.string(),
    value: z.string().nullable(),
  }),
);

/** The fields, and for each the column that fills it. */
interface Columns {
  readonly fields: readonly ImporterField[];
  readonly columns: readonly (number | null)[];
}

/**
 * What a table file says of a row's cells that could not be read, as issues of the fields that they would have filled.
 * What is wrong with a cell that no field takes does not matter. Null for a row without any.
 */
export function cellIssues(text: string | null, { fields, columns }: Columns): RowIssue[] | null {
  if (text === null || text === '') return null;
  return unreadCells.parse(JSON.parse(text)).flatMap(({ column, code, message, value }): RowIssue[] => {
    const field = column === null ? null : fields[columns.indexOf(column)];
    if (field === undefined) return [];
    const told = value === null ? null : shown(value);
    return [{ field: field?.name ?? null, code, message, value: told, fatal: true }];
  });
}
