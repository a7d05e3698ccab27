import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { JobStatus } from '../src/domain/job.ts';

/** What a workflow of a job is told to run. Everything else it reads from the store, through activities. */
export interface JobRun {
  readonly jobId: string;
  /** Milliseconds the job has run in earlier executions of this workflow, pauses left out. */
  readonly ranMs?: number;
}

/**
 * Says that the job's status in the store has become another. It changes nothing by itself, for it may come late, when the
 * status is yet another: the workflow looks it up.
 */
export const statusSignal = defineSignal<[to: JobStatus]>('status');

/** Stops the job where it is until it is resumed; answers once its status says so. */
export const pauseUpdate = defineUpdate<void>('pause');

/** Lets a paused job go on; answers once its status says so. */
export const resumeUpdate = defineUpdate<void>('resume');

/** What the workflow is doing, for operators. */
export const stateQuery = defineQuery<string>('state');

/** Has a delivery attempted at once, as if it were new. */
export const deliverNowSignal = defineSignal('deliverNow');
