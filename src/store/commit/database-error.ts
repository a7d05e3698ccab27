import { DatabaseError } from 'pg';
import type { RowIssue } from '../../domain/record.ts';
import type { TargetSpec } from '../../domain/target.ts';

/** SQLSTATE classes that the data of a row can cause: data exceptions, violated constraints, limits of a value. */
const DATA_CLASSES = new Set(['22', '23', '54']);
export const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const NOT_NULL_VIOLATION = '23502';
/** What a trigger says by `raise exception`. */
const RAISED = 'P0001';

/** Whether a row's own values made the database refuse it, so that the other rows can go in without it. */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof DatabaseError) || error.code === undefined) return false;
  return DATA_CLASSES.has(error.code.slice(0, 2)) || error.code === RAISED;
}

/** Whether a record with the same identifier has come into being since it was looked for. */
export function isIdentityTaken(error: unknown, spec: TargetSpec): boolean {
  if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) return false;
  return error.table === spec.table && error.constraint === `${spec.table}_identity`;
}

/** An error of the database as an issue of the row that caused it; the value is added by who knows the row. */
export function issueOfDatabaseError(error: unknown, spec: TargetSpec): RowIssue {
  if (!(error instanceof DatabaseError)) throw new Error('not an error of the database', { cause: error });
  const field = spec.fields.find((candidate) => candidate.column === error.column)?.name ?? null;
  const base = { field, value: null, fatal: true };
  switch (error.code) {
    case UNIQUE_VIOLATION:
      return { ...base, code: 'duplicate', message: `Another record has the same value (${error.constraint}).` };
    case FOREIGN_KEY_VIOLATION:
      return {
        ...base,
        code: 'constraint_violation',
        message: `It refers to a record that is gone (${error.constraint}).`,
      };
    case NOT_NULL_VIOLATION:
      return { ...base, code: 'missing_required', message: `The ${field ?? error.column} field is required.` };
    default:
      return {
        ...base,
        code: error.code?.startsWith('22') ? 'invalid_format' : 'constraint_violation',
        message: `The database refused the row: ${error.message}`,
      };
  }
}
