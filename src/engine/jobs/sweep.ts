import { isFinal } from '../../domain/job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { dropSupersededIndexes } from '../../store/match/superseded-indexes.ts';
import { clearMatchings, jobsToClear } from '../../store/match/results.ts';
import { transitionJob } from '../../store/queries/jobs/jobs.ts';
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
  const pool = await deps.orm.em.getConnection().getNativeClient();
  // The lock belongs to a session, not to a transaction: asking after hundreds of jobs may take longer than one may idle.
  const session = await pool.connect();
  let broken = true;
  try {
    const lock = await session.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(hashtext('lading.sweep')) as "taken"`,
    );
    let mended = 0;
    if (lock.rows[0]?.taken === true) {
      try {
        for (const id of await unfinishedJobs(deps.orm)) if (await mend(deps, id)) mended++;
        for (const id of await jobsToClear(deps.orm.em.fork())) await clearMatchings(deps.orm.em.fork(), id);
        await dropSupersededIndexes(deps.orm.em.fork());
      } finally {
        // A session that is just closed holds its lock a moment longer.
        await session.query(`select pg_advisory_unlock(hashtext('lading.sweep'))`);
      }
    }
    broken = false;
    return mended;
  } finally {
    session.release(broken);
  }
}

/** Jobs that should have a living workflow. Those that may never have had one come first, the others by turns. */
async function unfinishedJobs(orm: EngineDeps['orm']): Promise<string[]> {
  const rows: { id: string }[] = await orm.em.fork().execute(
    `select "id" from "import_jobs" where "status" in ('pending', 'running', 'paused') and not "held"
       and "updated_at" < clock_timestamp() - make_interval(secs => ?)
     order by "status" = 'pending' desc, random() limit ${AT_ONCE}`,
    [GRACE_SECONDS],
  );
  return rows.map((row) => row.id);
}

async function mend(deps: Pick<EngineDeps, 'orm' | 'orchestrator'>, jobId: string): Promise<boolean> {
  const life = await deps.orchestrator.lifeOf(jobId);
  const job = await deps.orm.em.fork().findOne(ImportJob, { id: jobId });
  if (!job || isFinal(job.status)) return false;
  if (life === 'unknown' || (life === 'alive' && (job.status === 'pending' || !job.workflowRunId))) {
    // Starting what runs already only finds out where it runs.
    const started = await startJob(deps, job);
    return started.workflowRunId !== job.workflowRunId || started.status !== job.status;
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
