import type { EntityManager } from '@mikro-orm/postgresql';
import type { Counters } from '../../../domain/counters.ts';
import { NO_ROWS } from '../../../domain/counters.ts';
import type { ImportJob } from '../../entities/import-job.ts';

interface CounterRow {
  readonly job_id: string;
  readonly created: string;
  readonly updated: string;
  readonly skipped: string;
  readonly failed: string;
  readonly duplicates: string;
}

/** The counters of jobs, each the sum over its partitions' checkpoints; jobs without partitions are left out. */
export async function countersOfJobs(em: EntityManager, jobIds: readonly string[]): Promise<Map<string, Counters>> {
  const rows: CounterRow[] = await em.execute(
    `select "job_id",
       sum("created") as "created", sum("updated") as "updated", sum("skipped") as "skipped",
       sum("failed") as "failed", sum("duplicates") as "duplicates"
     from "import_partitions" where "job_id" = any(?::uuid[]) group by "job_id"`,
    [`{${jobIds.join(',')}}`],
  );
  return new Map(
    rows.map((row) => [
      row.job_id,
      {
        created: Number(row.created),
        updated: Number(row.updated),
        skipped: Number(row.skipped),
        failed: Number(row.failed),
        duplicates: Number(row.duplicates),
      },
    ]),
  );
}

/** The counters of one job. */
export async function sumCounters(em: EntityManager, jobId: string): Promise<Counters> {
  return (await countersOfJobs(em, [jobId])).get(jobId) ?? NO_ROWS;
}

/** What a job created and updated, by target type. */
export async function importedByTypeOf(em: EntityManager, { id, targets }: ImportJob): Promise<Record<string, number>> {
  const rows: { target_ordinal: number; imported: string }[] = await em.execute(
    `select "target_ordinal", sum("created" + "updated") as "imported"
     from "import_partitions" where "job_id" = ? group by "target_ordinal"`,
    [id],
  );
  const sums = new Map<string, number>();
  for (const { target_ordinal, imported } of rows) {
    const type = targets.find(({ ordinal }) => ordinal === target_ordinal)?.spec.type;
    if (type !== undefined) sums.set(type, (sums.get(type) ?? 0) + Number(imported));
  }
  return Object.fromEntries(sums);
}
