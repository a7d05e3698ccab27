import type { JobRun } from './messages.ts';
import { importSteps, runJob } from './run-job.ts';

/** Reads and checks all rows of a job as an import would, and writes nothing but their issues; its id is the job's. */
export async function validateWorkflow(run: JobRun): Promise<void> {
  await runJob(run, importSteps);
}
