import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordKey } from '../../../domain/record.ts';
import { numberArray } from './retry-family.ts';

/**
 * The rows of a target that no attempt of some has brought in: those whose newest record among them failed, and those
 * that a retry was to read and did not come to; what a reviewer lets in waits for him instead. Parameters: the attempts' job numbers, the target's ordinal, both again.
 */
const PENDING_ROWS = `
  select "r"."row_number", "r"."source_identifier" from "import_records" as "r"
  where "r"."job_number" = any(?::bigint[]) and "r"."target_ordinal" = ? and "r"."action" = 'failed'
    and not exists (
      select from "import_records" as "n" where "n"."job_number" = any(?::bigint[])
        and "n"."job_number" > "r"."job_number"
        and "n"."target_ordinal" = "r"."target_ordinal" and "n"."row_number" = "r"."row_number")
  union
  select "l"."row_number", "l"."source_identifier"
  from "import_jobs" as "j"
  join "import_partitions" as "p" on "p"."job_id" = "j"."id" and "p"."listed" and not "p"."finished"
  join "import_retry_rows" as "l" on "l"."job_number" = "j"."number" and "l"."target_ordinal" = "p"."target_ordinal"
    and "l"."row_number" > coalesce(("p"."position"->'key'->>0)::bigint, 0)
  where "j"."number" = any(?::bigint[]) and "p"."target_ordinal" = ?
    and not exists (
      select from "import_retries" as "a" where "a"."job_number" = "j"."number" and "a"."decision" is not null)
    and not exists (
      select from "import_records" as "n" where "n"."job_number" = any(?::bigint[])
        and "n"."job_number" >= "l"."job_number"
        and "n"."target_ordinal" = "l"."target_ordinal" and "n"."row_number" = "l"."row_number")`;

function pendingParameters(since: readonly number[], targetOrdinal: number): (string | number)[] {
  const numbers = numberArray(since);
  return [numbers, targetOrdinal, numbers, numbers, targetOrdinal, numbers];
}

/** Puts all rows of a target that are still to be brought in on a retry's list. */
export async function listPendingRows(
  em: EntityManager,
  jobNumber: number,
  targetOrdinal: number,
  since: readonly number[],
): Promise<void> {
  await em.execute(
    `insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number", "source_identifier")
     select ?::bigint, ?::smallint, "row_number", max("source_identifier") from (${PENDING_ROWS}) as "pending"
     group by "row_number" on conflict do nothing`,
    [jobNumber, targetOrdinal, ...pendingParameters(since, targetOrdinal)],
  );
}

/** Whether any row of a target waits for another attempt, unread partitions not counted. */
export async function hasPendingRows(
  em: EntityManager,
  targetOrdinal: number,
  since: readonly number[],
): Promise<boolean> {
  const [row]: { pending: boolean }[] = await em.execute(`select exists (${PENDING_ROWS}) as "pending"`, [
    ...pendingParameters(since, targetOrdinal),
  ]);
  return row?.pending === true;
}

/** Puts chosen rows on a retry's list. Returns those that have not failed, or have been brought in since. */
export async function listChosenRows(
  em: EntityManager,
  jobNumber: number,
  keys: readonly RecordKey[],
  since: readonly number[],
): Promise<RecordKey[]> {
  const listed: { target_ordinal: number; row_number: string }[] = await em.execute(
    `insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number", "source_identifier")
     select ?::bigint, "r"."target_ordinal", "r"."row_number", "r"."source_identifier"
     from jsonb_to_recordset(?::jsonb) as "k" ("job" bigint, "ordinal" smallint, "row" bigint)
     join "import_records" as "r" on "r"."job_number" = "k"."job" and "r"."target_ordinal" = "k"."ordinal"
       and "r"."row_number" = "k"."row"
     where "r"."action" = 'failed' and not exists (
       select from "import_records" as "n" where "n"."job_number" = any(?::bigint[])
         and "n"."job_number" > "r"."job_number" and "n"."action" <> 'failed'
         and "n"."target_ordinal" = "r"."target_ordinal" and "n"."row_number" = "r"."row_number")
     on conflict do nothing
     returning "target_ordinal", "row_number"`,
    [
      jobNumber,
      JSON.stringify(keys.map((key) => ({ job: key.jobNumber, ordinal: key.targetOrdinal, row: key.rowNumber }))),
      numberArray(since),
    ],
  );
  const taken = new Set(listed.map((row) => `${row.target_ordinal} ${row.row_number}`));
  return keys.filter((key) => !taken.has(`${key.targetOrdinal} ${key.rowNumber}`));
}

export interface ReferenceField {
  readonly field: string;
  /** The ordinal of the type it refers to. */
  readonly targetOrdinal: number;
}

/**
 * Puts rows on a retry's list whose reference was left empty because the row it means had not come in, where that is on
 * the list itself: it is to come in now.
 */
export async function listReferringRows(
  em: EntityManager,
  jobNumber: number,
  targetOrdinal: number,
  since: readonly number[],
  references: readonly ReferenceField[],
): Promise<void> {
  for (const reference of references) {
    await em.execute(
      `insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number", "source_identifier")
       select ?::bigint, "i"."target_ordinal", "i"."row_number", max("r"."source_identifier")
       from "import_issues" as "i"
       join "import_records" as "r" using ("job_number", "target_ordinal", "row_number")
       where "i"."job_number" = any(?::bigint[]) and "i"."target_ordinal" = ? and "i"."code" = 'reference_missing'
         and "i"."field" = ? and not "i"."fatal"
         and "i"."value" in (
           select "source_identifier" from "import_retry_rows" where "job_number" = ? and "target_ordinal" = ?)
       group by "i"."target_ordinal", "i"."row_number"
       on conflict do nothing`,
      [jobNumber, numberArray(since), targetOrdinal, reference.field, jobNumber, reference.targetOrdinal],
    );
  }
}

/**
 * Says of rows on a list whose identifier other rows of the source have too which of them they are, and lists the later
 * ones as well: where an identity repeats, the last row is to win, as if all had come in order.
 */
export async function tellRepeatedApart(
  em: EntityManager,
  jobNumber: number,
  targetOrdinal: number,
  family: readonly number[],
): Promise<void> {
  await em.execute(
    `with "listed" as materialized (
       select "source_identifier" as "identifier", min("row_number") as "first" from "import_retry_rows"
       where "job_number" = ? and "target_ordinal" = ? and "source_identifier" is not null group by 1
     ), "known" as (
       select distinct "r"."row_number", "r"."source_identifier" from "import_records" as "r"
       where "r"."job_number" = any(?::bigint[]) and "r"."target_ordinal" = ?
         and "r"."source_identifier" in (select "identifier" from "listed")
     ), "told" as (
       select *, row_number() over (partition by "source_identifier" order by "row_number") as "occurrence"
       from "known"
     )
     insert into "import_retry_rows" ("job_number", "target_ordinal", "row_number", "source_identifier", "occurrence")
     select ?::bigint, ?::smallint, "row_number", "source_identifier", "occurrence"
     from "told" join "listed" on "identifier" = "source_identifier" and "row_number" >= "first"
     on conflict ("job_number", "target_ordinal", "row_number") do update set "occurrence" = excluded."occurrence"`,
    [jobNumber, targetOrdinal, numberArray(family), targetOrdinal, jobNumber, targetOrdinal],
  );
}

/** Of rows that were put on an approval's list besides those it is about, leaves those that had come in before. */
export async function leaveOthersOut(
  em: EntityManager,
  jobNumber: number,
  targetOrdinal: number,
  family: readonly number[],
): Promise<void> {
  await em.execute(
    `delete from "import_retry_rows" as "l"
     where "l"."job_number" = ? and "l"."target_ordinal" = ? and "l"."reviewed_number" is null and not exists (
       select from "import_records" as "r" where "r"."job_number" = any(?::bigint[])
         and "r"."target_ordinal" = "l"."target_ordinal" and "r"."row_number" = "l"."row_number"
         and "r"."action" in ('created', 'updated'))`,
    [jobNumber, targetOrdinal, numberArray(family)],
  );
}

/** A row of a source that is to be read again. */
export interface ListedRow {
  readonly rowNumber: number;
  /** What it is known by at the source; null when nothing identified it. */
  readonly identifier: string | null;
  /** Of the rows with this identifier the how-manieth it is, from 1. */
  readonly occurrence: number;
}

/** The next rows of a retry's list after a row number, in order. */
export async function nextListedRows(
  em: EntityManager,
  list: { readonly jobNumber: number; readonly targetOrdinal: number; readonly after: number; readonly limit: number },
): Promise<ListedRow[]> {
  const rows: { row_number: string; source_identifier: string | null; occurrence: number }[] = await em.execute(
    `select "row_number", "source_identifier", "occurrence" from "import_retry_rows"
     where "job_number" = ? and "target_ordinal" = ? and "row_number" > ? order by "row_number" limit ?`,
    [list.jobNumber, list.targetOrdinal, list.after, list.limit],
  );
  return rows.map((row) => ({
    rowNumber: Number(row.row_number),
    identifier: row.source_identifier,
    occurrence: row.occurrence,
  }));
}
