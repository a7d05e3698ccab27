import { DatabaseError } from 'pg';
import type { RowIssue } from '../../domain/record.ts';
import { isOwn } from '../../domain/target.ts';
import type { OwnConstraint, TargetSpec } from '../../domain/target.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { TargetMoved } from './write-target.ts';

/** SQLSTATE classes that the data of a row can cause: data exceptions, violated constraints, limits of a value. */
const DATA_CLASSES = new Set(['22', '23', '54']);
export const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const NOT_NULL_VIOLATION = '23502';
/** What a trigger says by `raise exception`. */
const RAISED = 'P0001';

/** What triggers and checks of somebody else's table may raise besides: by the classes that SQL leaves to them. */
const RAISED_CLASSES = new Set(['P0', '44', '45', '38', '09', '21']);

/** Whether a row's own values made the database refuse it, so that the other rows can go in without it. */
export function isDataError(error: unknown, spec?: TargetSpec): boolean {
  // A record that is there and cannot be changed, time and again, is kept so by a trigger.
  if (spec && isOwn(spec)) {
    if (error instanceof TargetMoved) return true;
    if (error instanceof DatabaseError && RAISED_CLASSES.has(error.code?.slice(0, 2) ?? '')) return true;
  }
  if (!(error instanceof DatabaseError) || error.code === undefined) return false;
  return DATA_CLASSES.has(error.code.slice(0, 2)) || error.code === RAISED;
}

/** Whether a record with the same identifier has come into being since it was looked for. */
export function isIdentityTaken(error: unknown, spec: TargetSpec): boolean {
  if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) return false;
  if (!isOwn(spec)) {
    const key = isDirectory(spec) ? 'pkey' : 'identity';
    return error.table === spec.table && error.constraint === `${spec.table}_${key}`;
  }
  const identity = spec.fields.filter(({ name }) => spec.identity.includes(name)).map(({ column }) => column);
  const unique = constraintOf(error, spec.own.uniques);
  return error.table === spec.table && unique !== undefined && unique.columns.every((name) => identity.includes(name));
}

function constraintOf<Constraint extends OwnConstraint>(
  { constraint }: DatabaseError,
  among: readonly Constraint[],
): Constraint | undefined {
  return among.find(({ name }) => name === constraint);
}

/** An error of the database as an issue of the row that caused it; the value is added by who knows the row. */
export function issueOfDatabaseError(error: unknown, spec: TargetSpec): RowIssue {
  if (error instanceof TargetMoved) {
    const message = 'The record cannot be changed: a trigger of the table leaves it as it is.';
    return { field: null, code: 'constraint_violation', message, value: null, fatal: true };
  }
  if (!(error instanceof DatabaseError)) throw new Error('not an error of the database', { cause: error });
  const field = fieldOfError(error, spec);
  const base = { field, value: null, fatal: true };
  switch (error.code) {
    case UNIQUE_VIOLATION:
      return { ...base, code: 'duplicate', message: `Another record has the same value (${error.constraint}).` };
    case FOREIGN_KEY_VIOLATION: {
      const known = constraintOf(error, spec.own?.foreignKeys ?? []);
      const missing = known ? `not in ${known.table}` : 'gone';
      return {
        ...base,
        code: 'constraint_violation',
        message: `It refers to a record that is ${missing} (${error.constraint}).`,
      };
    }
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

/** The field at fault: PostgreSQL names a column, or a constraint that is about one alone. */
function fieldOfError(error: DatabaseError, spec: TargetSpec): string | null {
  const { uniques = [], foreignKeys = [], checks = [] } = spec.own ?? {};
  const constraints = [...uniques, ...foreignKeys, ...checks];
  const columns = constraintOf(error, constraints)?.columns ?? [];
  const column = error.column ?? (columns.length === 1 ? columns[0] : undefined);
  return spec.fields.find((candidate) => candidate.column === column)?.name ?? null;
}
