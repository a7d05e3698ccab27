import type { JobRun } from './messages.ts';
import { importSteps, runJob } from './run-job.ts';

/** Finds out what an import would change, row by row, and writes it down to be applied; its id is the job's. */
export async function planWorkflow(run: JobRun): Promise<void> {
  await runJob(run, importSteps);
}
