import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobProgress } from '../../../domain/event.ts';
import type { JobKind, JobStatus } from '../../../domain/job.ts';

interface ProgressRow {
  readonly id: string;
  readonly number: string;
  readonly tenant_id: string;
  readonly profile_id: string | null;
  readonly created_by_id: string | null;
  readonly migration_id: string | null;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly operation: string | null;
  readonly estimated_total: string | null;
  readonly started_at: string | Date | null;
  readonly completed_at: string | Date | null;
  readonly created: string;
  readonly updated: string;
  readonly skipped: string;
  readonly failed: string;
  readonly duplicates: string;
}

/**
 * How far jobs are, from one snapshot: status and counters of each fit together. One query, however many jobs; ids
 * must be uuids, those that do not exist are left out.
 */
export async function progressOfJobs(em: EntityManager, jobIds: readonly string[]): Promise<JobProgress[]> {
  if (jobIds.length === 0) return [];
  const rows: ProgressRow[] = await em.execute(
    `select "j"."id", "j"."number", "j"."tenant_id", "j"."profile_id", "j"."created_by_id", "j"."migration_id", "j"."kind", "j"."status",
       "j"."operation", "j"."estimated_total", "j"."started_at", "j"."completed_at",
       coalesce(sum("p"."created"), 0) as "created", coalesce(sum("p"."updated"), 0) as "updated",
       coalesce(sum("p"."skipped"), 0) as "skipped", coalesce(sum("p"."failed"), 0) as "failed",
       coalesce(sum("p"."duplicates"), 0) as "duplicates"
     from "import_jobs" "j" left join "import_partitions" "p" on "p"."job_id" = "j"."id"
     where "j"."id" = any(?::uuid[]) group by "j"."id"`,
    [`{${jobIds.join(',')}}`],
  );
  return rows.map((row) => ({
    jobId: row.id,
    jobNumber: Number(row.number),
    tenantId: row.tenant_id,
    profileId: row.profile_id,
    userId: row.created_by_id,
    migrationId: row.migration_id,
    kind: row.kind,
    status: row.status,
    operation: row.operation,
    total: row.estimated_total === null ? null : Number(row.estimated_total),
    counters: {
      created: Number(row.created),
      updated: Number(row.updated),
      skipped: Number(row.skipped),
      failed: Number(row.failed),
      duplicates: Number(row.duplicates),
    },
    startedAt: row.started_at === null ? null : new Date(row.started_at),
    completedAt: row.completed_at === null ? null : new Date(row.completed_at),
  }));
}
