import type { Actor } from '../../domain/actor.ts';
import { AppError, notFound, wrongState } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event.ts';
import { CANCELLABLE } from '../../domain/job.ts';
import type { JobStatus } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { transitionJob } from '../../store/queries/jobs/jobs.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleJob } from './find-jobs.ts';
import { viewJob } from './job-view.ts';
import type { JobView } from './job-view.ts';

interface Control {
  readonly verb: 'cancel' | 'pause' | 'resume';
  readonly from: readonly JobStatus[];
  readonly to: JobStatus;
  readonly event: EventType;
  readonly operation?: string | null;
  readonly tell: (deps: EngineDeps, jobId: string) => Promise<void>;
}

const CANCEL: Control = {
  verb: 'cancel',
  from: CANCELLABLE,
  to: 'cancelled',
  event: 'job.cancelled',
  operation: null,
  tell: ({ orchestrator }, jobId) => orchestrator.cancel(jobId),
};
const PAUSE: Control = {
  verb: 'pause',
  from: ['running'],
  to: 'paused',
  event: 'job.paused',
  tell: ({ orchestrator }, jobId) => orchestrator.nudge(jobId, 'paused'),
};
const RESUME: Control = {
  verb: 'resume',
  from: ['paused'],
  to: 'running',
  event: 'job.resumed',
  tell: ({ orchestrator }, jobId) => orchestrator.nudge(jobId, 'running'),
};

/** Somebody who stops a job waits for it; what is being committed gets so much longer. */
const PATIENCE_MS = 1_000;

/** Stops a job for good: from the moment this returns nothing more of it is written. */
export const cancelJob = control(CANCEL);

/** Stops a job where it is; what is committed stays, and it can be resumed at any later time. */
export const pauseJob = control(PAUSE);

/** Lets a paused job go on after the last row it committed. */
export const resumeJob = control(RESUME);

/**
 * The store's status is changed first, under the lock that every commit of the job needs: that alone makes it true. The
 * workflow is told afterwards, so that it stops reading too; if it cannot be reached it finds out by itself.
 */
function control(rule: Control): (deps: EngineDeps, actor: Actor, jobId: string) => Promise<JobView> {
  return async (deps, actor, jobId) => {
    const em = deps.orm.em.fork();
    const job = await visibleJob(em, actor, jobId);
    if (job.createdById !== actor.userId) requirePermission(actor, 'system.import');

    const { verb, from, to, event, operation } = rule;
    const result = await transitionJob(em, {
      jobId,
      from,
      to,
      event,
      ...(operation === undefined ? {} : { operation }),
      patienceMs: PATIENCE_MS,
      alongside: (tx) => audit(tx, actor, `job.${verb}`, { type: 'import_job', id: jobId }, {}),
    });
    if (!result) throw notFound('Import job');
    if (!result.changed) {
      const { status } = result.job;
      throw wrongState(`Cannot ${verb} an import job that is ${status}.`, { action: verb, status });
    }
    await rule.tell(deps, jobId).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'unavailable')) throw error;
    });
    const fresh = await deps.orm.em.fork().findOneOrFail(ImportJob, { id: jobId });
    return viewJob(deps.orm.em.fork(), deps.orchestrator, fresh);
  };
}
