import { rowActivities } from './activities.ts';
import type { JobRun } from './messages.ts';
import { runJob } from './run-job.ts';

/** Undoes what a job did, from its last row to its first; its id is the rollback's own. */
export async function rollbackWorkflow(run: JobRun): Promise<void> {
  await runJob(run, {
    doing: 'rolling back',
    plan: (step) => rowActivities().planRollback(step),
    move: (partition) => rowActivities().undoPartition(partition),
  });
}
