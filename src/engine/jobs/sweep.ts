import { ImportJob } from '../../store/entities/import-job.ts';
import { transitionJob } from '../../store/queries/jobs.ts';
import type { EngineDeps } from '../deps.ts';
import { startJob } from './start-job.ts';

/** Younger jobs are left alone: whoever made them is just starting them. */
const GRACE_SECONDS = 3;
const AT_ONCE = 200;

/**
 * Brings store and orchestrator together again after a death between the two: a job without a workflow gets one, a
 * workflow that was terminated from outside leaves a failed job. Safe to run in several processes at once: one of them
 * does the work. Returns how many jobs it had to mend.
 */
export async function sweepJobs(deps: Pick<EngineDeps, 'orm' | 'orchestrator'>): Promise<number> {
  return deps.orm.em.fork().transactional(async (tx) => {
    const [lock]: { taken: boolean }[] = await tx.execute(
      `select pg_try_advisory_xact_lock(hashtext('lading.sweep')) as "taken"`,
    );
    if (lock?.taken !== true) return 0;
    const unfinished: { id: string }[] = await tx.execute(
      `select "id" from "import_jobs" where "status" in ('pending', 'running', 'paused')
         and "updated_at" < clock_timestamp() - make_interval(secs => ?) order by "created_at" limit ${AT_ONCE}`,
      [GRACE_SECONDS],
    );
    let mended = 0;
    for (const { id } of unfinished) if (await mend(deps, id)) mended++;
    return mended;
  });
}

async function mend(deps: Pick<EngineDeps, 'orm' | 'orchestrator'>, jobId: string): Promise<boolean> {
  const life = await deps.orchestrator.lifeOf(jobId);
  const job = await deps.orm.em.fork().findOne(ImportJob, { id: jobId });
  if (!job) return false;
  if (life === 'unknown') {
    await startJob(deps, job);
    return true;
  }
  if (life === 'ended') {
    // A workflow ends by ending its job, unless somebody terminated it.
    const ended = await transitionJob(deps.orm.em, {
      jobId,
      from: ['pending', 'running', 'paused'],
      to: 'failed',
      event: 'job.failed',
      operation: null,
      error: { code: 'terminated', message: 'The workflow of the job was ended from outside.' },
    });
    return ended?.changed === true;
  }
  return false;
}
