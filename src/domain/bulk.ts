/** What can be done to many records of the ledger at once. */
const BULK_VERBS = ['approve', 'reject', 'retry', 'delete'] as const;
export type BulkVerb = (typeof BULK_VERBS)[number];

/** Why a selected record is left alone. */
export const BULK_REFUSALS = [
  'job_not_ended',
  'already_deleted',
  'already_reviewed',
  'already_retried',
  'not_failed',
  'not_skipped',
  'not_pending',
] as const;
export type BulkRefusal = (typeof BULK_REFUSALS)[number];

/** Records of one request, at the most. */
export const MAX_BULK_RECORDS = 1_000_000;
