import { Context } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import { isFinal } from '../src/domain/job.ts';
import { ImportJob } from '../src/store/entities/import-job.ts';
import { transitionJob } from '../src/store/queries/jobs/jobs.ts';
import type { ActivityDeps, ScheduledRun } from './deps.ts';

/** How often a job that another workflow runs is looked at. */
const LOOK_MS = 1_000;

/** The short steps of a schedule's run, and the long wait for a job that runs without it. */
export function createScheduledRuns({ orm, createScheduledJob }: ActivityDeps) {
  return {
    /** Makes the job of a run; null when there is none to run, because it has failed already or its schedule is gone. */
    createScheduledJob: (run: ScheduledRun) => createScheduledJob(run),

    /** Writes down where a job runs. */
    async placeJob({ jobId, runId }: { jobId: string; runId: string }): Promise<void> {
      await orm.em.fork().nativeUpdate(ImportJob, { id: jobId }, { workflowRunId: runId });
    },

    /** Resolves when a job has ended. Cancelled, it ends the job in the store, which its workflow finds out. */
    async jobEnd({ jobId }: { jobId: string }): Promise<void> {
      const { cancellationSignal } = Context.current();
      while (!cancellationSignal.aborted) {
        const job = await orm.em.fork().findOne(ImportJob, { id: jobId });
        if (!job || isFinal(job.status)) return;
        Context.current().heartbeat();
        await delay(LOOK_MS, undefined, { signal: cancellationSignal }).catch(() => undefined);
      }
      if (Context.current().cancellationDetails?.cancelRequested === true) {
        const from = ['pending', 'running', 'paused'] as const;
        await transitionJob(orm.em, { jobId, from, to: 'cancelled', event: 'job.cancelled', operation: null });
      }
      cancellationSignal.throwIfAborted();
    },
  };
}
