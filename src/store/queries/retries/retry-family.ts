import type { EntityManager } from '@mikro-orm/postgresql';
import type { Approval } from '../../../domain/review.ts';
import { hasEnded } from '../jobs/has-ended.ts';

/** A job and the retries of it, of which each again may be retried: all are attempts at the rows of one import. */
export interface RetryFamily {
  /** The import they are attempts at. */
  readonly rootNumber: number;
  /** The numbers of all, oldest first. */
  readonly numbers: readonly number[];
  /** Those of the job asked about and of all later ones. */
  readonly since: readonly number[];
  /** Which attempt a further one would be. */
  readonly nextAttempt: number;
  /** One of them that has not ended; null when all have. */
  readonly unfinished: string | null;
}

/** All attempts at the import that a job is an attempt at; one that only tried what would happen is none. */
export async function retryFamily(em: EntityManager, jobNumber: number): Promise<RetryFamily> {
  const rows: { number: string; root: string; attempt: number; id: string; final: boolean }[] = await em.execute(
    `with "root" as (
       select coalesce((select "root_number" from "import_retries" where "job_number" = ?), ?::bigint) as "number"
     )
     select "j"."number", "root"."number" as "root", coalesce("r"."attempt", 1) as "attempt", "j"."id",
       ${hasEnded('"j"."status"')} as "final"
     from "root" join "import_jobs" as "j"
       on "j"."number" = "root"."number"
         or ("j"."kind" in ('import', 'retry')
           and "j"."number" in (select "job_number" from "import_retries" where "root_number" = "root"."number"))
     left join "import_retries" as "r" on "r"."job_number" = "j"."number"
     order by "j"."number"`,
    [jobNumber, jobNumber],
  );
  const numbers = rows.map((row) => Number(row.number));
  return {
    rootNumber: Number(rows[0]?.root ?? jobNumber),
    numbers,
    since: numbers.filter((number) => number >= jobNumber),
    nextAttempt: Math.max(1, ...rows.map((row) => Number(row.attempt))) + 1,
    unfinished: rows.find((row) => !row.final)?.id ?? null,
  };
}

/** In SQL: the numbers of an import and of all attempts at its rows. */
export function attemptsSql(rootNumber: string): string {
  return `(
    select ${rootNumber} union all
    select "r"."job_number" from "import_retries" as "r"
    join "import_jobs" as "o" on "o"."id" = "r"."job_id" and "o"."kind" in ('import', 'retry')
    where "r"."root_number" = ${rootNumber})`;
}

/** What a retry is besides a job. */
export interface RetryFacts {
  /** Which attempt it is at the rows of its import. */
  readonly attempt: number;
  /** What a reviewer decided of the rows on its list; null for one that just tries again. */
  readonly decision: Approval | null;
}

/** What is kept of a retry; of a job that is none, that it is the first attempt. */
export async function retryFacts(em: EntityManager, jobId: string): Promise<RetryFacts> {
  const [row]: { attempt: number; decision: string | null }[] = await em.execute(
    `select "attempt", "decision"::text as "decision" from "import_retries" where "job_id" = ?`,
    [jobId],
  );
  if (!row) return { attempt: 1, decision: null };
  return { attempt: row.attempt, decision: row.decision === null ? null : (JSON.parse(row.decision) as Approval) };
}

/** Numbers as PostgreSQL takes them for a bigint[]. */
export function numberArray(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}
