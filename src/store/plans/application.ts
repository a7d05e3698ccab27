import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../domain/errors.ts';
import { ImportJob } from '../entities/import-job.ts';
import type { JobTarget } from '../entities/import-job.ts';
import { storeTargetPlan } from '../queries/jobs/plan.ts';

/** Plans what a job that applies a plan brings into a target: all rows of the plan, in one partition. */
export async function storeApplication(
  em: EntityManager,
  job: ImportJob,
  target: JobTarget,
  planNumber: number,
): Promise<void> {
  const plan = await em.fork().findOne(ImportJob, { number: planNumber });
  if (!plan) throw new AppError('not_found', 'The import plan was deleted.');
  const [row]: { rows: string | null }[] = await em
    .fork()
    .execute(`select sum("rows_done") as "rows" from "import_partitions" where "job_id" = ? and "target_ordinal" = ?`, [
      plan.id,
      target.ordinal,
    ]);
  const rows = Number(row?.rows ?? 0);
  await storeTargetPlan(em, job, target, {
    total: plan.sourceCounts[target.spec.type] ?? rows,
    ranges: [{ after: null, upTo: null, rows }],
    query: plan.sourceQueries[String(target.ordinal)],
    reading: 'As planned, in the order of the plan.',
  });
}

/** Whether a plan has not been deleted. */
export async function planIsThere(em: EntityManager, planNumber: number): Promise<boolean> {
  return (await em.count(ImportJob, { number: planNumber })) > 0;
}
