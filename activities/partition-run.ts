import { Context } from '@temporalio/activity';
import type { PoolClient } from 'pg';
import { AppError } from '../src/domain/errors.ts';
import { claimPartition } from '../src/store/commit/partition-claim.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { placeOfPartition } from '../src/store/queries/jobs/step-failures.ts';
import type { ActivityDeps } from './deps.ts';
import { failureAt } from './failing-step.ts';
import { loadJobPart, stillRuns } from './job-source.ts';
import type { JobPart } from './job-source.ts';
import { isStop, startPulse } from './pulse.ts';
import type { Pulse } from './pulse.ts';

/** A partition that this attempt has taken over, and the session of the store in which its chunks are committed. */
export interface PartitionRun {
  readonly part: JobPart;
  readonly claim: PartitionClaim;
  readonly client: PoolClient;
  readonly pulse: Pulse;
}

/**
 * Makes an activity of work on a partition: takes the partition over, beats while the work lasts and lets nobody else have
 * a session that may be in the middle of something. `stopped` says that the job was paused or ended in the store before
 * the partition was finished. `failure` says what is thrown for an error that is no stop: the error itself.
 */
export function partitionActivity(
  deps: ActivityDeps,
  work: (run: PartitionRun) => Promise<void>,
  failure: (claim: PartitionClaim, error: unknown) => unknown = (_claim, error) => error,
) {
  return async ({ partitionId }: { partitionId: number }): Promise<{ stopped: boolean }> => {
    const pool = await deps.orm.em.getConnection().getNativeClient();
    const claim = await claimPartition(pool, partitionId, Context.current().info.attempt === 1);
    if (claim.finished) return { stopped: false };
    const pulse = startPulse(() => stillRuns(deps, claim.jobId), deps.logger);
    const client = await pool.connect();
    let broken = true;
    try {
      const part = await loadJobPart(deps, claim.jobId, claim.targetOrdinal);
      await work({ part, claim, client, pulse });
      broken = false;
      return { stopped: false };
    } catch (error) {
      if (isStop(error, pulse.signal) || (error instanceof AppError && error.code === 'stopped'))
        return { stopped: true };
      const step = { jobId: claim.jobId, step: `partition ${partitionId}` };
      const place = (): Promise<string> => placeOfPartition(deps.orm.em.fork(), partitionId);
      throw await failureAt(deps, { ...step, place }, await failure(claim, error));
    } finally {
      client.release(broken);
      pulse.end();
    }
  };
}
