import { rowActivities } from './activities.ts';
import type { JobRun } from './messages.ts';
import { runJob } from './run-job.ts';

/** Writes what a query finds to a file; its id is the job's. */
export async function exportWorkflow(run: JobRun): Promise<void> {
  await runJob(run, {
    doing: 'exporting',
    plan: (step) => rowActivities().planExport(step),
    move: (partition) => rowActivities().exportRows(partition),
  });
}
