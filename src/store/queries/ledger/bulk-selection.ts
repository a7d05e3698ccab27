import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../../domain/actor.ts';
import type { BulkRefusal, BulkVerb } from '../../../domain/bulk.ts';
import { MAX_BULK_RECORDS } from '../../../domain/bulk.ts';
import type { RecordKey } from '../../../domain/record.ts';
import { inEffect } from '../../undo/entry.ts';
import { hasEnded } from '../jobs/has-ended.ts';
import { recordCondition } from './ledger-segments.ts';
import type { LedgerSelection } from './ledger-segments.ts';
import { RECORD_SUBJECT, recordIdSql } from './record-id-sql.ts';
import { numberArray } from '../retries/retry-family.ts';

/** Records that are named, or that fit criteria; where both are given, those that are both. */
export interface BulkSelection {
  /** Whose they must be: the tenant, the maker of the job, the criteria; of these null is any. */
  readonly where: LedgerSelection;
  readonly keys: readonly RecordKey[] | null;
}

/** Jobs of one import whose records are selected. */
export interface SelectedImport {
  /** The oldest of the attempts whose records they are. */
  readonly jobNumber: number;
  readonly records: number;
}

/**
 * Gathers the selected records in a table of the transaction, `bulk_records`, each with why it is left alone, if it is.
 * Gives back how many there are, and how many there would be by their ids alone; at most one more than may be selected.
 */
export async function gatherRecords(
  tx: EntityManager,
  verb: BulkVerb,
  { where, keys }: BulkSelection,
): Promise<{ readonly selected: number; readonly existing: number }> {
  await tx.execute(
    `create temporary table "bulk_records" ("job_number" bigint, "target_ordinal" smallint, "row_number" bigint,
       "matches" boolean, "refusal" text, "undoable" boolean) on commit drop`,
  );
  const { sql, parameters } = recordCondition(where);
  // Whether ids exist is asked of all of them; criteria alone never look at what does not fit them.
  const fits = `${sql} and (?::uuid is null or "j"."id" = ?::uuid) and (?::text is null or exists (
    select from jsonb_array_elements("j"."targets") as "t"
    where ("t"->>'ordinal')::int = "r"."target_ordinal" and "t"->'spec'->>'type' = ?::text))`;
  const fitting = [...parameters, where.jobId, where.jobId, where.targetType, where.targetType];
  const named = keys === null ? '' : NAMED;
  await tx.execute(
    `insert into "bulk_records"
     select "r"."job_number", "r"."target_ordinal", "r"."row_number", ${keys === null ? 'true' : `coalesce(${fits}, false)`},
       ${REFUSALS[verb]},
       "r"."action" in ('created', 'updated') and not exists (
         select from "import_undos" as "u" where "u"."undone_number" = "r"."job_number" and ${inEffect('u')}
           and "u"."target_ordinal" = "r"."target_ordinal" and "u"."row_number" = "r"."row_number")
     from ${named} "import_jobs" as "j" ${keys === null ? 'join' : 'on "j"."number" = "k"."job" join'}
       "import_records" as "r" on "r"."job_number" = "j"."number"
       ${keys === null ? '' : `and "r"."target_ordinal" = "k"."ordinal" and "r"."row_number" = "k"."row"`}
     left join "import_retries" as "a" on "a"."job_number" = "j"."number"
     where "j"."tenant_id" = ? and "j"."kind" in ('import', 'retry') and (?::uuid is null or "j"."created_by_id" = ?::uuid)
       ${keys === null ? `and ${fits}` : ''}
     limit ${MAX_BULK_RECORDS + 1}`,
    [
      ...(keys === null ? [] : [...fitting, ...keyArrays(keys)]),
      where.tenantId,
      where.createdById,
      where.createdById,
      ...(keys === null ? fitting : []),
    ],
  );
  const [row]: { selected: string; existing: string }[] = await tx.execute(
    `select count(*) filter (where "matches") as "selected", count(*) as "existing" from "bulk_records"`,
  );
  await tx.execute(`delete from "bulk_records" where not "matches"`);
  return { selected: Number(row?.selected), existing: Number(row?.existing) };
}

const NAMED = `(
  select distinct * from unnest(?::bigint[], ?::smallint[], ?::bigint[]) as "n" ("job", "ordinal", "row")
) as "k" join`;

function keyArrays(keys: readonly RecordKey[]): string[] {
  return [
    numberArray(keys.map(({ jobNumber }) => jobNumber)),
    numberArray(keys.map(({ targetOrdinal }) => targetOrdinal)),
    numberArray(keys.map(({ rowNumber }) => rowNumber)),
  ];
}

const ENDED = hasEnded('"j"."status"');
const REVIEWED = `"r"."review_status" in ('approved', 'rejected')`;

/** Why a verb leaves a record `r` of a job `j` alone, first reason first. */
const REFUSALS: Readonly<Record<BulkVerb, string>> = {
  approve: refusal([
    [`"r"."deleted_at" is not null`, 'already_deleted'],
    [REVIEWED, 'already_reviewed'],
    // What an approval left out is approved where it was held back.
    [`"r"."action" <> 'skipped' or "a"."decision" is not null`, 'not_skipped'],
    [`not (${ENDED})`, 'job_not_ended'],
  ]),
  reject: refusal([
    [`"r"."deleted_at" is not null`, 'already_deleted'],
    [REVIEWED, 'already_reviewed'],
    [`"r"."review_status" is distinct from 'pending'`, 'not_pending'],
  ]),
  retry: refusal([
    [`"r"."deleted_at" is not null`, 'already_deleted'],
    [`"r"."action" <> 'failed'`, 'not_failed'],
    [`not (${ENDED})`, 'job_not_ended'],
  ]),
  delete: refusal([
    [`"r"."deleted_at" is not null`, 'already_deleted'],
    [`not (${ENDED})`, 'job_not_ended'],
  ]),
};

function refusal(reasons: readonly (readonly [condition: string, reason: BulkRefusal])[]): string {
  return `case ${reasons.map(([condition, reason]) => `when ${condition} then '${reason}'`).join(' ')} end`;
}

/** Leaves those gathered records alone that a retry has brought in; asked when no other can be made any more. */
export async function refuseRetried(tx: EntityManager): Promise<void> {
  await tx.execute(
    `update "bulk_records" as "b" set "refusal" = 'already_retried'
     where "refusal" is null and exists (
       select from "import_records" as "n" join "import_retries" as "f" on "f"."job_number" = "n"."job_number"
       where "f"."root_number" = coalesce(
           (select "a"."root_number" from "import_retries" as "a" where "a"."job_number" = "b"."job_number"),
           "b"."job_number")
         and "n"."job_number" > "b"."job_number" and "n"."target_ordinal" = "b"."target_ordinal"
         and "n"."row_number" = "b"."row_number" and "n"."action" <> 'failed')`,
  );
}

/** How many of the gathered records are left alone, by reason. */
export async function countRefusals(tx: EntityManager): Promise<Partial<Record<BulkRefusal, number>>> {
  const rows: { refusal: BulkRefusal; records: string }[] = await tx.execute(
    `select "refusal", count(*) as "records" from "bulk_records" where "refusal" is not null group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.refusal, Number(row.records)]));
}

/** The imports that gathered records are of which are not left alone, oldest first: all attempts at one count as one. */
export async function importsOfRecords(tx: EntityManager): Promise<SelectedImport[]> {
  const rows: { job: string; records: string }[] = await tx.execute(
    `select min("b"."job_number") as "job", count(*) as "records"
     from "bulk_records" as "b" left join "import_retries" as "a" on "a"."job_number" = "b"."job_number"
     where "b"."refusal" is null group by coalesce("a"."root_number", "b"."job_number") order by 1`,
  );
  return rows.map((row) => ({ jobNumber: Number(row.job), records: Number(row.records) }));
}

/** The jobs whose target records gathered rows have made or changed, newest first. */
export async function undoableJobs(tx: EntityManager): Promise<SelectedImport[]> {
  const rows: { job: string; records: string }[] = await tx.execute(
    `select "job_number" as "job", count(*) as "records" from "bulk_records"
     where "refusal" is null and "undoable" group by 1 order by 1 desc`,
  );
  return rows.map((row) => ({ jobNumber: Number(row.job), records: Number(row.records) }));
}

/** Puts gathered records of some attempts at one import on a retry's list; for an approval, with the job that held them. */
export async function listGathered(
  tx: EntityManager,
  jobNumber: number,
  from: readonly number[],
  approves: boolean,
): Promise<void> {
  await tx.execute(
    `insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number", "source_identifier", "reviewed_number")
     select ?::bigint, "target_ordinal", "row_number", "r"."source_identifier", ${approves ? '"job_number"' : 'null'}
     from "bulk_records" as "b" join "import_records" as "r" using ("job_number", "target_ordinal", "row_number")
     where "b"."refusal" is null and "job_number" = any(?::bigint[])
     order by "job_number" desc on conflict do nothing`,
    [jobNumber, numberArray(from)],
  );
}

/** Puts the gathered records of a job that have something to undo on a rollback's list. */
export async function listUndoable(tx: EntityManager, rollbackNumber: number, jobNumber: number): Promise<void> {
  await tx.execute(
    `insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number")
     select ?::bigint, "target_ordinal", "row_number" from "bulk_records"
     where "refusal" is null and "undoable" and "job_number" = ?`,
    [rollbackNumber, jobNumber],
  );
}

/** Rejects the gathered records. Says how many of them were still pending. */
export async function rejectGathered(tx: EntityManager, reviewerId: string): Promise<number> {
  const [row]: { rejected: string }[] = await tx.execute(
    `with "rejected" as (
       update "import_records" as "r" set "review_status" = 'rejected', "reviewed_by_id" = ?,
         "reviewed_at" = clock_timestamp(), "review_verdict" = null
       from "bulk_records" as "b"
       where "b"."refusal" is null and "r"."job_number" = "b"."job_number"
         and "r"."target_ordinal" = "b"."target_ordinal" and "r"."row_number" = "b"."row_number"
         and "r"."review_status" = 'pending'
       returning 1
     ) select count(*) as "rejected" from "rejected"`,
    [reviewerId],
  );
  return Number(row?.rejected);
}

/** Which gathered records are marked as deleted at once. */
export type Marking = 'all' | 'nothing to undo';

/** Marks gathered records as deleted. Says how many. */
export async function markGathered(tx: EntityManager, which: Marking): Promise<number> {
  const [row]: { marked: string }[] = await tx.execute(
    `with "marked" as (
       update "import_records" as "r" set "deleted_at" = clock_timestamp()
       from "bulk_records" as "b"
       where "b"."refusal" is null ${which === 'all' ? '' : 'and not "b"."undoable"'}
         and "r"."job_number" = "b"."job_number" and "r"."target_ordinal" = "b"."target_ordinal"
         and "r"."row_number" = "b"."row_number" and "r"."deleted_at" is null
       returning 1
     ) select count(*) as "marked" from "marked"`,
  );
  return Number(row?.marked);
}

/** Writes an entry of the audit log for each gathered record that is about to be marked as deleted. */
export async function auditGathered(
  tx: EntityManager,
  actor: Pick<Actor, 'userId' | 'email' | 'tenantId'>,
  which: Marking,
): Promise<void> {
  await tx.execute(
    `insert into "audit_entries" ("tenant_id", "user_id", "user_email", "action", "subject_type", "subject_id", "data")
     select ?::uuid, ?::uuid, ?, 'record.delete', '${RECORD_SUBJECT}', ${recordIdSql('"r"."job_number"')}, '{"outcome": null}'
     from "bulk_records" as "r" where "refusal" is null ${which === 'all' ? '' : 'and not "undoable"'}
     order by "job_number", "target_ordinal", "row_number"`,
    [actor.tenantId, actor.userId, actor.email],
  );
}

/** Of the rows that approvals were about, those that are in the target by now. */
export async function countApproved(em: EntityManager, jobNumbers: readonly number[]): Promise<number> {
  const [row]: { approved: string }[] = await em.execute(
    `select count(*) as "approved" from "import_retry_rows" as "l"
     join "import_records" as "r" on "r"."job_number" = "l"."reviewed_number"
       and "r"."target_ordinal" = "l"."target_ordinal" and "r"."row_number" = "l"."row_number"
     join "import_records" as "o" on "o"."job_number" = "l"."job_number"
       and "o"."target_ordinal" = "l"."target_ordinal" and "o"."row_number" = "l"."row_number"
     where "l"."job_number" = any(?::bigint[]) and "r"."review_status" = 'approved' and "o"."target_id" is not null`,
    [numberArray(jobNumbers)],
  );
  return Number(row?.approved);
}
