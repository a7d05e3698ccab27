import type { JobRun } from './messages.ts';
import { importSteps, runJob } from './run-job.ts';

/** Brings the rows of a job into the target; its id is the job's. */
export async function importWorkflow(run: JobRun): Promise<void> {
  await runJob(run, importSteps);
}
