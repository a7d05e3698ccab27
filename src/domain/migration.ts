import type { Counters } from './counters.ts';
import { processed } from './counters.ts';

/** What a migration job brings in; each is a target of its own. */
export const MIGRATION_TYPES = ['jamaah', 'payment', 'package'] as const;
export type MigrationType = (typeof MIGRATION_TYPES)[number];

/**
 * How a migration job stands, by the jobs behind it: the import of its file, which waits until it is asked for, the
 * newest validation and the newest rollback.
 */
export const MIGRATION_STATUSES = ['pending', 'validating', 'importing', 'completed', 'failed', 'rolled_back'] as const;
export type MigrationStatus = (typeof MIGRATION_STATUSES)[number];

/** What lists can be ordered by. */
export const MIGRATION_ORDERS = [
  'created_at',
  'updated_at',
  'started_at',
  'completed_at',
  'import_type',
  'file_name',
  'file_size',
  'status',
  'total_rows',
  'processed_rows',
  'valid_rows',
  'invalid_rows',
] as const;
export type MigrationOrder = (typeof MIGRATION_ORDERS)[number];

/** Bytes of an uploaded file: so many are taken, one more is not. */
export const MIGRATION_BYTES = 10_485_760;
/** Rows shown of a file that was just uploaded. */
export const PREVIEW_ROWS = 10;
/** Rows committed at once, which is how often progress is told. */
export const MIGRATION_BATCH = 100;
/** Imports of a tenant at the same time. */
export const CONCURRENT_MIGRATIONS = 10;
/** Hours, by the database's clock, after which an import is no longer rolled back. */
export const ROLLBACK_HOURS = 24;
/** Errors that are told with the end of a validation; all of them are in the report. */
export const TOLD_ERRORS = 1_000;

export const MIGRATION_ERROR_TYPES = [
  'missing_required',
  'invalid_format',
  'duplicate',
  'constraint_violation',
] as const;
export type MigrationErrorType = (typeof MIGRATION_ERROR_TYPES)[number];

/** How many errors there are of each type. */
export type ErrorCounts = Readonly<Record<MigrationErrorType, number>>;

export const NO_ERRORS: ErrorCounts = {
  missing_required: 0,
  invalid_format: 0,
  duplicate: 0,
  constraint_violation: 0,
};

/** One thing that is wrong with a row. */
export interface MigrationError {
  readonly rowNumber: number;
  readonly type: MigrationErrorType;
  readonly field: string | null;
  readonly message: string;
  readonly value: string | null;
}

/** Rows of a file as they are told of: every one that was looked at is right or wrong. */
export interface RowCounts {
  readonly processed: number;
  readonly valid: number;
  readonly invalid: number;
}

export function rowCounts(counters: Counters): RowCounts {
  return { processed: processed(counters), valid: processed(counters) - counters.failed, invalid: counters.failed };
}

/** Whether a job has ended, for better or worse. */
export function hasEnded(status: MigrationStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'rolled_back';
}

/** Why something cannot be done with a migration job or a file; the dialect has the words. */
export type MigrationRefusal =
  | 'unreadable'
  | 'missing_columns'
  | 'mapping'
  | 'validate'
  | 'start'
  | 'too_many'
  | 'rollback'
  | 'too_late'
  | 'not_undone'
  | 'not_ended';
