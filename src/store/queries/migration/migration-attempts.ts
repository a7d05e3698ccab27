import type { EntityManager } from '@mikro-orm/postgresql';
import { isFinal } from '../../../domain/job.ts';
import type { JobStatus } from '../../../domain/job.ts';
import { attemptsSql } from '../retries/retry-family.ts';

/** The newest rollback of all that a job did, under way or done and not undone itself. */
export function rollbackOf(jobId: string): string {
  return `(
    select * from "import_jobs" as "one" where "parent_job_id" = ${jobId} and "kind" = 'rollback'
      and "rollback" -> 'targetActions' @> '["created", "updated"]' and ${isReal('"rollback"')}
      and "status" not in ('failed', 'cancelled')
      and not exists (select from "import_jobs" as "redo" where "redo"."parent_job_id" = "one"."id"
        and "redo"."kind" = 'rollback' and "redo"."status" = 'completed' and ${isReal('"redo"."rollback"')})
    order by "number" desc limit 1
  )`;
}

/** A rollback of everything, and not only to see what it would do. */
function isReal(options: string): string {
  return `coalesce(${options} ->> 'dryRun', 'false') = 'false' and coalesce(${options} ->> 'chosen', 'false') = 'false'`;
}

/** Whether a job has made or changed records, by its counters. */
function wrote(job: string): string {
  return `exists (select from "import_partitions" where "job_id" = ${job}."id" and "created" + "updated" > 0)`;
}

/** Whether what a retry of the import `j` brought in is there still. */
export const STANDS = `exists (
  select from "import_jobs" as "again"
  where "again"."number" in ${attemptsSql('"j"."number"')} and "again"."id" <> "j"."id" and ${wrote('"again"')}
    and not exists (select from ${rollbackOf('"again"."id"')} as "undone" where "undone"."status" = 'completed'))`;

/** An attempt at the rows of a migration job: its import, or a retry of that, which brought rows in. */
export interface Attempt {
  readonly jobId: string;
  readonly ended: boolean;
  /** The newest rollback of all of it that was not undone itself. */
  readonly rollback: { readonly id: string; readonly ended: boolean } | null;
}

interface AttemptRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly rollback_id: string | null;
  readonly rollback_status: JobStatus | null;
}

/** The attempts at a migration job's rows that there are to undo, or were undone: the newest first, its import last. */
export async function attemptsToUndo(em: EntityManager, migrationId: string): Promise<Attempt[]> {
  const rows: AttemptRow[] = await em.execute(
    `select "a"."id", "a"."status", "r"."id" as "rollback_id", "r"."status" as "rollback_status"
       from "import_jobs" as "j"
       join "import_jobs" as "a" on "a"."number" in ${attemptsSql('"j"."number"')}
       left join lateral ${rollbackOf('"a"."id"')} as "r" on true
       where "j"."id" = ?::uuid
         and ("a"."id" = "j"."id" or "a"."status" not in ('completed', 'failed', 'cancelled') or ${wrote('"a"')})
       order by "a"."number" desc`,
    [migrationId],
  );
  return rows.map((row) => ({
    jobId: row.id,
    ended: isFinal(row.status),
    rollback:
      row.rollback_id === null || row.rollback_status === null
        ? null
        : { id: row.rollback_id, ended: isFinal(row.rollback_status) },
  }));
}
