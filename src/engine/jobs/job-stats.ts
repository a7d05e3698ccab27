import type { Actor } from '../../domain/actor.ts';
import { seesOwnJobsOnly } from '../../domain/policy.ts';
import type { EngineDeps } from '../deps.ts';
import { listJobs } from './find-jobs.ts';
import type { JobView } from './job-view.ts';

export interface JobStats {
  readonly totalJobs: number;
  readonly completedJobs: number;
  readonly failedJobs: number;
  readonly runningJobs: number;
  readonly cancelledJobs: number;
  /** Rows created or updated. */
  readonly totalRecordsImported: number;
  readonly totalRecordsFailed: number;
  /** Seconds from start to end of completed jobs; null when none has completed. */
  readonly averageDuration: number | null;
  readonly recent: readonly JobView[];
}

const RECENT = 10;

interface StatsRow {
  readonly total: string;
  readonly completed: string;
  readonly failed: string;
  readonly running: string;
  readonly cancelled: string;
  readonly duration: string | null;
  readonly imported: string | null;
  readonly rows_failed: string | null;
}

/** Figures over the jobs the actor may see that were created between two days (inclusive, UTC). */
export async function jobStats(
  deps: EngineDeps,
  actor: Actor,
  range: { dateFrom?: string | undefined; dateTo?: string | undefined },
): Promise<JobStats> {
  const [row]: StatsRow[] = await deps.orm.em.fork().execute(
    `with "jobs" as (
       select * from "import_jobs"
       where "tenant_id" = ? and (?::uuid is null or "created_by_id" = ?::uuid)
         and (?::date is null or "created_at" >= ?::date) and (?::date is null or "created_at" < ?::date + 1)
     )
     select count(*) as "total",
       count(*) filter (where "status" = 'completed') as "completed",
       count(*) filter (where "status" = 'failed') as "failed",
       count(*) filter (where "status" in ('running', 'pending', 'paused')) as "running",
       count(*) filter (where "status" = 'cancelled') as "cancelled",
       extract(epoch from avg("completed_at" - "started_at") filter (where "status" = 'completed')) as "duration",
       (select sum("p"."created" + "p"."updated") from "import_partitions" as "p"
         join "jobs" as "j" on "j"."id" = "p"."job_id" where "j"."kind" in ('import', 'retry')) as "imported",
       (select sum("p"."failed") from "import_partitions" as "p"
         join "jobs" as "j" on "j"."id" = "p"."job_id" where "j"."kind" in ('import', 'retry')) as "rows_failed"
     from "jobs"`,
    [
      actor.tenantId,
      ...twice(seesOwnJobsOnly(actor) ? actor.userId : null),
      ...twice(range.dateFrom ?? null),
      ...twice(range.dateTo ?? null),
    ],
  );
  const recent = await listJobs(deps, actor, { ...range, page: 1, perPage: RECENT });
  return {
    totalJobs: Number(row?.total ?? 0),
    completedJobs: Number(row?.completed ?? 0),
    failedJobs: Number(row?.failed ?? 0),
    runningJobs: Number(row?.running ?? 0),
    cancelledJobs: Number(row?.cancelled ?? 0),
    totalRecordsImported: Number(row?.imported ?? 0),
    totalRecordsFailed: Number(row?.rows_failed ?? 0),
    averageDuration: row === undefined || row.duration === null ? null : Math.round(Number(row.duration)),
    recent: recent.rows,
  };
}

const twice = (value: string | null): (string | null)[] => [value, value];
