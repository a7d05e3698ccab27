import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { beginJob, changeStatus, finishJob, nextWork, rowActivities } from './activities.ts';
import { failureOf } from './failure.ts';
import { pauseUpdate, resumeUpdate, stateQuery } from './messages.ts';
import type { JobRun } from './messages.ts';
import { STATUS_ATTRIBUTE } from './search-attributes.ts';

/** Partitions of one job that are read at the same time, over all workers. */
const LANES = 4;

/** How long a paused workflow sleeps before it asks the store whether it missed being resumed. */
const PAUSE_CHECK = '30 seconds';

type Interruption = 'paused' | 'timed out';

/**
 * Runs a job to its end: asks the store what is to be done next, has it done, asks again. The store holds the whole
 * state, so the workflow may be cancelled, continued as new or started again at any point and goes on from there.
 */
export async function runJob(run: JobRun): Promise<void> {
  const { jobId } = run;
  let ranMs = run.ranMs ?? 0;
  let paused = false;
  let state = 'starting';
  let working: CancellationScope | null = null;

  setHandler(stateQuery, () => state);
  setHandler(pauseUpdate, async () => {
    await changeStatus({ jobId, to: 'paused' });
    paused = true;
    working?.cancel();
  });
  setHandler(resumeUpdate, async () => {
    await changeStatus({ jobId, to: 'running' });
    paused = false;
  });

  /** Runs one step in a scope that a pause cancels and the job's timeout ends. */
  const interruptible = async (timeoutMs: number | null, step: () => Promise<void>): Promise<Interruption | null> => {
    const startedAt = Date.now();
    const scope = new CancellationScope({
      cancellable: true,
      ...(timeoutMs === null ? {} : { timeout: Math.max(1, timeoutMs - ranMs) }),
    });
    working = scope;
    try {
      await scope.run(step);
      return null;
    } catch (error) {
      if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
      return paused ? 'paused' : 'timed out';
    } finally {
      working = null;
      ranMs += Date.now() - startedAt;
    }
  };

  try {
    const { timeoutMs } = await beginJob({ jobId });
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return await continueAsNew<typeof runJob>({ jobId, ranMs });
      }
      const work = await nextWork({ jobId });
      upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: work.status }]);
      if (work.kind === 'ended') return;
      if (work.kind === 'done') {
        const { over } = await finishJob({ jobId, outcome: 'completed' });
        // It was paused at the very end: it completes when it is resumed.
        if (!over) continue;
        upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: 'completed' }]);
        return;
      }
      if (work.kind === 'paused') {
        paused = true;
        state = 'paused';
        await condition(() => !paused, PAUSE_CHECK);
        continue;
      }
      paused = false;
      state = work.kind === 'plan' ? 'planning' : 'importing';
      const interruption = await interruptible(timeoutMs, () =>
        work.kind === 'plan'
          ? rowActivities().planTarget({ jobId, targetOrdinal: work.targetOrdinal })
          : importPartitions(work.partitionIds),
      );
      if (interruption === 'timed out') {
        const seconds = Math.round((timeoutMs ?? 0) / 1000);
        const message = `The job ran longer than its timeout of ${seconds} seconds.`;
        await finishJob({ jobId, outcome: 'failed', error: { code: 'timeout', message } });
        upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: 'failed' }]);
        return;
      }
    }
  } catch (error) {
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => {
      upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: cancelled ? 'cancelled' : 'failed' }]);
      if (cancelled) await finishJob({ jobId, outcome: 'cancelled' });
      else await finishJob({ jobId, outcome: 'failed', error: failureOf(error) });
    });
    throw error;
  }
}

/** Reads partitions a few at a time. The first that fails stops the others; all have ended when this returns. */
async function importPartitions(partitionIds: readonly number[]): Promise<void> {
  const { importPartition } = rowActivities();
  const waiting = [...partitionIds];
  const scope = CancellationScope.current();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const { stopped } = await importPartition({ partitionId: id });
      // The store says that the job is paused or over: nothing more of it can be written.
      if (stopped) return;
    }
  };
  await Promise.all(
    Array.from({ length: LANES }, () =>
      lane().catch((error: unknown) => {
        failures.push(error);
        waiting.length = 0;
        scope.cancel();
      }),
    ),
  );
  // What failed first is the reason; the cancellations that follow are its consequence.
  if (failures.length > 0) throw failures[0];
}
