import { planRollbackTarget } from '../src/store/queries/jobs/rollbacks.ts';
import type { ActivityDeps } from './deps.ts';
import { failureAt } from './failing-step.ts';
import { loadJobPart, stillRuns } from './job-source.ts';
import { startPulse } from './pulse.ts';

/** Counts the rows of a target that are to be undone and divides them into partitions. */
export function createPlanRollback(deps: ActivityDeps) {
  return async ({ jobId, targetOrdinal }: { jobId: string; targetOrdinal: number }): Promise<void> => {
    const pulse = startPulse(() => stillRuns(deps, jobId), deps.logger);
    try {
      const { job, target } = await loadJobPart(deps, jobId, targetOrdinal);
      await planRollbackTarget(deps.orm.em, job, target);
    } catch (error) {
      const place = (): string => 'while its rows were counted';
      throw await failureAt(deps, { jobId, step: `plan ${targetOrdinal}`, place }, error);
    } finally {
      pulse.end();
    }
  };
}
