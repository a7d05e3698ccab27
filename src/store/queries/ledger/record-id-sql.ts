/** SQL for the public id of the record of a row `r` with `target_ordinal` and `row_number`; see `recordId`. */
export function recordIdSql(jobNumber: string): string {
  const job = `lpad(to_hex(${jobNumber}::bigint), 12, '0')`;
  const ordinal = `lpad(to_hex("r"."target_ordinal"::int), 3, '0')`;
  const row = `lpad(to_hex("r"."row_number"), 15, '0')`;
  return `left(${job}, 8) || '-' || right(${job}, 4) || '-8' || ${ordinal} || '-8' || left(${row}, 3) || '-' || right(${row}, 12)`;
}

/** What an audit entry calls a record of the ledger. */
export const RECORD_SUBJECT = 'import_record';
