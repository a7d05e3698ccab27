import type { JobRun } from './messages.ts';
import { importSteps, runJob } from './run-job.ts';

/** Reads again what an earlier job failed to bring into the target or did not come to; its id is the job's. */
export async function retryWorkflow(run: JobRun): Promise<void> {
  await runJob(run, importSteps);
}
