import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** What a workflow of a job is told to run. Everything else it reads from the store, through activities. */
export interface JobRun {
  readonly jobId: string;
  /** Milliseconds the job has run in earlier executions of this workflow, pauses left out. */
  readonly ranMs?: number;
}

/** Stops the job where it is until it is resumed; answers once its status says so. */
export const pauseUpdate = defineUpdate<void>('pause');

/** Lets a paused job go on; answers once its status says so. */
export const resumeUpdate = defineUpdate<void>('resume');

/** What the workflow is doing, for operators. */
export const stateQuery = defineQuery<string>('state');

/** Has a delivery attempted at once, as if it were new. */
export const deliverNowSignal = defineSignal('deliverNow');
