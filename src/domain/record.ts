export const RECORD_ACTIONS = ['created', 'updated', 'skipped', 'failed'] as const;
export type RecordAction = (typeof RECORD_ACTIONS)[number];

/** One problem of one source row. A fatal one keeps the row out of the target; the others are told and counted. */
export interface RowIssue {
  /** The target field, or null when the row as a whole is at fault. */
  readonly field: string | null;
  readonly code: IssueCode;
  readonly message: string;
  /** The value as the source gave it, cut to `MAX_ISSUE_VALUE` characters. */
  readonly value: string | null;
  readonly fatal: boolean;
  /** What a right value looks like, where a few characters say it: `YYYY-MM-DD`. */
  readonly expected?: string;
}

export const ISSUE_CODES = [
  'missing_required',
  'invalid_format',
  'out_of_range',
  'duplicate',
  'reference_missing',
  'constraint_violation',
  'source_missing',
  'source_changed',
  'target_missing',
  'already_reviewed',
  'already_imported',
  'drifted',
] as const;
export type IssueCode = (typeof ISSUE_CODES)[number];

export const MAX_ISSUE_VALUE = 500;

/** The three numbers that identify a ledger record. */
export interface RecordKey {
  readonly jobNumber: number;
  /** Which of the job's target types, in the order they are imported, from 0. */
  readonly targetOrdinal: number;
  /** From 1, in source order. */
  readonly rowNumber: number;
}

const RECORD_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{12})$/;

/**
 * The public id of a record: a version 8 uuid (RFC 9562 §5.8) that spells its key, so that no id has to be stored or
 * indexed for each row. Job number takes 48 bits, ordinal 12, row number 60.
 */
export function recordId(key: RecordKey): string {
  const job = key.jobNumber.toString(16).padStart(12, '0');
  const ordinal = key.targetOrdinal.toString(16).padStart(3, '0');
  const row = key.rowNumber.toString(16).padStart(15, '0');
  return `${job.slice(0, 8)}-${job.slice(8)}-8${ordinal}-8${row.slice(0, 3)}-${row.slice(3)}`;
}

/** The key that a record's id spells, or null when the text is no record id. */
export function recordKey(id: string): RecordKey | null {
  const parts = RECORD_ID.exec(id.toLowerCase());
  if (!parts) return null;
  const [, high, low, ordinal, rowHigh, rowLow] = parts;
  const rowNumber = Number.parseInt(`${rowHigh}${rowLow}`, 16);
  if (!Number.isSafeInteger(rowNumber)) return null;
  return {
    jobNumber: Number.parseInt(`${high}${low}`, 16),
    targetOrdinal: Number.parseInt(`${ordinal}`, 16),
    rowNumber,
  };
}
