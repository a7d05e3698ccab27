import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportJob, JobTarget } from '../../entities/import-job.ts';
import { createMirror } from '../../plans/mirror.ts';
import { numberArray, retryFamily } from './retry-family.ts';
import { leaveOthersOut, listPendingRows, listReferringRows, tellRepeatedApart } from './retry-rows.ts';
import type { ReferenceField } from './retry-rows.ts';

/** What the source side keeps of a query that matters here. */
interface PlannedQuery {
  readonly limit: number | null;
}

interface RangeRow {
  readonly id: string;
  readonly finished: boolean;
  readonly planned_rows: string;
  readonly rows_done: string;
}

/**
 * Plans what a retry reads of a target: the rows on its list, then what partitions of earlier attempts have left. All in
 * one transaction; a target that has been planned already keeps its plan. False when no earlier attempt came to plan
 * the target: it is planned as an import's is.
 *
 * @param identifiersRepeat whether rows of the source may have an identifier in common, by the query
 */
export async function storeRetryPlan(
  em: EntityManager,
  job: ImportJob,
  target: JobTarget,
  identifiersRepeat: (query: unknown) => boolean,
): Promise<boolean> {
  return em.fork().transactional(async (tx) => {
    await tx.execute(`select from "import_jobs" where "id" = ? for update`, [job.id]);
    const [planned]: object[] = await tx.execute(
      `select from "import_partitions" where "job_id" = ? and "target_ordinal" = ? limit 1`,
      [job.id, target.ordinal],
    );
    if (planned) return true;
    const [retry]: { parent: string; chosen: boolean; approval: boolean }[] = await tx.execute(
      `select "p"."number" as "parent", "r"."chosen", "r"."decision" is not null as "approval" from "import_retries" as "r"
       join "import_jobs" as "j" on "j"."id" = "r"."job_id" join "import_jobs" as "p" on "p"."id" = "j"."parent_job_id"
       where "r"."job_id" = ?`,
      [job.id],
    );
    if (!retry) throw new Error(`the job ${job.id} is a retry of nothing`);
    const family = await retryFamily(tx, Number(retry.parent));
    const others = family.numbers.filter((number) => number !== job.number);
    const since = await attemptsAt(tx, target.ordinal, family.since, others);
    const newest = await newestQuery(tx, target.ordinal, since);
    if (newest === null) {
      if (!retry.chosen) return false;
      await insertList(tx, job.id, target.ordinal, 0);
      return true;
    }

    if (!retry.chosen) await listPendingRows(tx, job.number, target.ordinal, since);
    await listReferringRows(tx, job.number, target.ordinal, since, referencesOf(job, target));
    if (identifiersRepeat(newest)) await tellRepeatedApart(tx, job.number, target.ordinal, others);
    if (retry.approval) await leaveOthersOut(tx, job.number, target.ordinal, others);
    await createMirror(tx, job, target);
    const listed = await countListed(tx, job.number, target.ordinal);
    await insertList(tx, job.id, target.ordinal, listed);

    const left = retry.chosen ? [] : await unfinishedRanges(tx, target.ordinal, since);
    for (const [index, range] of left.entries()) await insertRest(tx, job.id, target.ordinal, index + 1, range);
    const total = left.reduce((sum, range) => sum + rowsLeft(range), listed);
    await numberLaterRows(tx, job, target.ordinal, total, others);
    await describePlan(tx, job, target, { total, query: restOf(newest, left) });
    return true;
  });
}

/** Of the attempts at a target those that count: a job that did not come to plan it leaves what was left to it. */
export async function attemptsAt(
  em: EntityManager,
  targetOrdinal: number,
  since: readonly number[],
  all: readonly number[],
): Promise<readonly number[]> {
  const [row]: { planned: boolean }[] = await em.execute(
    `select exists (
       select from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
       where "j"."number" = any(?::bigint[]) and "p"."target_ordinal" = ?) as "planned"`,
    [numberArray(since.filter((number) => all.includes(number))), targetOrdinal],
  );
  return row?.planned === true ? since.filter((number) => all.includes(number)) : all;
}

/**
 * The partitions that attempts have left unfinished, in order: of each the newest that went on where it stood. A file of
 * mended rows is none: rows that were not reached have failed still, in the import they come from.
 */
export async function unfinishedRanges(
  em: EntityManager,
  targetOrdinal: number,
  since: readonly number[],
): Promise<RangeRow[]> {
  const rows: RangeRow[] = await em.execute(
    `select distinct on ("origin") "p".*, coalesce("p"."origin_id", "p"."id") as "origin"
     from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
     where "j"."number" = any(?::bigint[]) and "p"."target_ordinal" = ? and not "p"."listed"
       and not exists (
         select from "import_retries" as "m" where "m"."job_id" = "j"."id" and "j"."kind" = 'import')
     order by "origin", "j"."number" desc`,
    [numberArray(since), targetOrdinal],
  );
  return rows.filter((row) => !row.finished);
}

function rowsLeft(range: RangeRow): number {
  return Math.max(0, Number(range.planned_rows) - Number(range.rows_done));
}

/** The query by which a target was read last, as the source side made it; null when it never was. */
async function newestQuery(
  tx: EntityManager,
  targetOrdinal: number,
  since: readonly number[],
): Promise<PlannedQuery | null> {
  const [row]: { query: string }[] = await tx.execute(
    `select ("source_queries"->?::text)::text as "query" from "import_jobs"
     where "number" = any(?::bigint[]) and "source_queries"->?::text is not null order by "number" desc limit 1`,
    [String(targetOrdinal), numberArray(since), String(targetOrdinal)],
  );
  return row ? (JSON.parse(row.query) as PlannedQuery) : null;
}

/** The query for what is left: of a limited one, so many rows fewer as have been taken. */
function restOf(query: PlannedQuery, left: readonly RangeRow[]): PlannedQuery {
  if (query.limit === null) return query;
  const taken = left.reduce((sum, range) => sum + Number(range.rows_done), 0);
  return { ...query, limit: Math.max(0, query.limit - taken) };
}

function referencesOf(job: ImportJob, target: JobTarget): ReferenceField[] {
  return target.spec.fields.flatMap(({ name, references }) => {
    const referred = job.targets.find(({ spec }) => spec.type === references);
    return referred ? [{ field: name, targetOrdinal: referred.ordinal }] : [];
  });
}

async function countListed(tx: EntityManager, jobNumber: number, targetOrdinal: number): Promise<number> {
  const [row]: { listed: string }[] = await tx.execute(
    `select count(*) as "listed" from "import_retry_rows" where "job_number" = ? and "target_ordinal" = ?`,
    [jobNumber, targetOrdinal],
  );
  return Number(row?.listed);
}

async function insertList(tx: EntityManager, jobId: string, targetOrdinal: number, rows: number): Promise<void> {
  await tx.execute(
    `insert into "import_partitions"
       ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base", "listed", "finished")
     values (?, ?, 0, ?, 0, true, ?)`,
    [jobId, targetOrdinal, rows, rows === 0],
  );
}

async function insertRest(
  tx: EntityManager,
  jobId: string,
  targetOrdinal: number,
  ordinal: number,
  range: RangeRow,
): Promise<void> {
  await tx.execute(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "range_after", "range_up_to",
       "planned_rows", "row_base", "position", "origin_id")
     select ?, ?, ?, "range_after", "range_up_to", ?, "row_base" + least("rows_done", "planned_rows"), "position",
       coalesce("origin_id", "id")
     from "import_partitions" where "id" = ?`,
    [jobId, targetOrdinal, ordinal, rowsLeft(range), range.id],
  );
}

/**
 * Rows that nobody planned are numbered after all that were. What this retry planned is only a part of that, so the
 * count of such rows begins where the numbers of all attempts end.
 */
async function numberLaterRows(
  tx: EntityManager,
  job: ImportJob,
  targetOrdinal: number,
  planned: number,
  others: readonly number[],
): Promise<void> {
  await tx.execute(
    `update "import_partitions" set "extra_rows" = (
       select coalesce(max("last"), 0) from (
         select sum("p"."planned_rows") + sum("p"."extra_rows") as "last"
         from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
         where "j"."number" = any(?::bigint[]) and "p"."target_ordinal" = ? group by "j"."id"
       ) as "attempts") - ?
     where "job_id" = ? and "target_ordinal" = ? and "ordinal" = 0`,
    [numberArray(others), targetOrdinal, planned, job.id, targetOrdinal],
  );
}

async function describePlan(
  tx: EntityManager,
  job: ImportJob,
  target: JobTarget,
  plan: { readonly total: number; readonly query: PlannedQuery },
): Promise<void> {
  await tx.execute(
    `update "import_jobs" set
       "source_counts" = "source_counts" || jsonb_build_object(?::text, ?::bigint),
       "source_queries" = "source_queries" || jsonb_build_object(?::text, ?::jsonb),
       "reading" = "reading" || jsonb_build_object(?::text, ?::text),
       "estimated_total" = coalesce("estimated_total", 0) + ?, "updated_at" = clock_timestamp()
     where "id" = ?`,
    [
      target.spec.type,
      plan.total,
      String(target.ordinal),
      JSON.stringify(plan.query),
      target.spec.type,
      'Rows that failed, by their identifiers; then what was not read, from where it was left.',
      plan.total,
      job.id,
    ],
  );
}
