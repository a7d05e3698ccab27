import { RECORD_SUBJECT, recordIdSql } from '../queries/ledger/record-id-sql.ts';
import type { UndoContext } from './context.ts';

/** Where a rollback is about chosen rows: that a row of the ledger is one of them. `row` is its table or alias. */
export function chosenOnly({ options, jobNumber }: Pick<UndoContext, 'options' | 'jobNumber'>, row: string): string {
  return options.chosen === true ? `and ${isChosen(jobNumber, row)}` : '';
}

/** That a row is on a rollback's list. */
export function isChosen(jobNumber: number, row: string): string {
  return `exists (select from "import_retry_rows" as "l" where "l"."job_number" = ${jobNumber}
    and "l"."target_ordinal" = ${row}."target_ordinal" and "l"."row_number" = ${row}."row_number")`;
}

/** Chosen rows that have been undone count as deleted; brought back, they do not any more. */
export async function markDeleted(context: UndoContext): Promise<void> {
  const { client, options, redo, importNumber, targetOrdinal } = context;
  if (options.chosen !== true && !redo) return;
  await client.query(
    `update "import_records" as "r" set "deleted_at" = ${redo ? 'null' : 'clock_timestamp()'}
     from "undo_rows" as "u" join "undo_records" as "d" on "d"."record_id" = "u"."record_id"
     where "r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."row_number" = "u"."row_number"
       and "d"."outcome" = 'reversed' and "r"."deleted_at" is ${redo ? 'not null' : 'null'}`,
    [importNumber, targetOrdinal],
  );
  if (options.auditRows === true) await auditRows(context);
}

async function auditRows({ client, tenantId, jobNumber, importNumber, targetOrdinal }: UndoContext): Promise<void> {
  await client.query(
    `insert into "audit_entries" ("tenant_id", "user_id", "user_email", "action", "subject_type", "subject_id", "data")
     select $1, "j"."created_by_id", "w"."email", 'record.delete', $2, ${recordIdSql('$3')},
       jsonb_build_object('outcome', "d"."outcome", 'targetId', "d"."record_id", 'rollbackJobId', "j"."id")
     from (select *, $4::smallint as "target_ordinal" from "undo_rows") as "r"
     join "undo_records" as "d" on "d"."record_id" = "r"."record_id"
     join "import_jobs" as "j" on "j"."number" = $5 left join "users" as "w" on "w"."id" = "j"."created_by_id"
     order by "r"."row_number"`,
    [tenantId, RECORD_SUBJECT, importNumber, targetOrdinal, jobNumber],
  );
}
