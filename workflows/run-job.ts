import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Work } from '../activities/lifecycle.ts';
import { beginJob, changeStatus, finishJob, nextWork, rowActivities } from './activities.ts';
import { asCancellation, failureOf } from './failure.ts';
import { startReleased } from './start-released.ts';
import { pauseUpdate, resumeUpdate, stateQuery, statusSignal } from './messages.ts';
import type { JobRun } from './messages.ts';
import { STATUS_ATTRIBUTE } from './search-attributes.ts';

/** Partitions of one job that are read at the same time, over all workers. */
const LANES = 4;

/** How long a paused workflow sleeps before it asks the store whether it missed being resumed. */
const PAUSE_CHECK = '30 seconds';

/** Whoever cancels a job in the store cancels its workflow next: so long it waits for that, to end as cancelled too. */
const CANCEL_GRACE = '5 seconds';

/** What the steps of a job's kind are. */
export interface JobSteps {
  /** What the workflow says it is doing while rows are moved. */
  readonly doing: string;
  readonly plan: (step: { jobId: string; targetOrdinal: number }) => Promise<void>;
  readonly move: (partition: { partitionId: number }) => Promise<{ stopped: boolean }>;
}

/** Rows are read from a source. */
export const importSteps: JobSteps = {
  doing: 'importing',
  plan: (step) => rowActivities().planTarget(step),
  move: (partition) => rowActivities().importPartition(partition),
};

/**
 * Runs a job to its end: asks the store what is to be done next, has it done, asks again. The store holds the whole
 * state, so the workflow may be cancelled, continued as new or started again at any point and goes on from there.
 */
export async function runJob(run: JobRun, steps: JobSteps): Promise<void> {
  const { jobId } = run;
  let ranMs = run.ranMs ?? 0;
  /** How often this workflow has been told that its job's status changed: what was read before may not hold. */
  let told = 0;
  let state = 'starting';
  let working: CancellationScope | null = null;

  setHandler(stateQuery, () => state);
  setHandler(statusSignal, (to) => {
    told++;
    if (to === 'paused') working?.cancel();
  });
  setHandler(pauseUpdate, async () => {
    await changeStatus({ jobId, to: 'paused' });
    told++;
    working?.cancel();
  });
  setHandler(resumeUpdate, async () => {
    await changeStatus({ jobId, to: 'running' });
    told++;
  });

  /** Runs one step in a scope that a pause and the job's timeout end; what is left of it is asked for again. */
  const interruptible = async (timeoutMs: number | null, step: () => Promise<void>): Promise<void> => {
    const startedAt = Date.now();
    const scope = new CancellationScope({
      cancellable: true,
      ...(timeoutMs === null ? {} : { timeout: timeoutMs - ranMs }),
    });
    working = scope;
    try {
      await scope.run(step);
    } catch (thrown) {
      const error = asCancellation(thrown);
      if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    } finally {
      working = null;
      ranMs += Date.now() - startedAt;
    }
  };

  try {
    const { timeoutMs } = await beginJob({ jobId });
    while (!workflowInfo().continueAsNewSuggested) {
      const heard = told;
      const work = await nextWork({ jobId });
      upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: work.status }]);
      if (work.kind === 'ended') {
        if (work.status === 'cancelled') await sleep(CANCEL_GRACE);
        return;
      }
      if (work.kind === 'done') {
        const { over, next } = await finishJob({ jobId, outcome: 'completed' });
        // It was paused at the very end: it completes when it is resumed.
        if (!over) continue;
        if (next) await startReleased(next);
        upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: 'completed' }]);
        return;
      }
      if (work.kind === 'paused') {
        state = 'paused';
        await condition(() => told !== heard, PAUSE_CHECK);
        continue;
      }
      if (told !== heard) continue;
      if (timeoutMs !== null && ranMs >= timeoutMs) {
        const seconds = Math.round(timeoutMs / 1000);
        throw ApplicationFailure.nonRetryable(`The job ran longer than its timeout of ${seconds} seconds.`, 'timeout');
      }
      state = work.kind === 'plan' ? 'planning' : work.kind === 'match' ? 'matching' : steps.doing;
      await interruptible(timeoutMs, () => stepOf(jobId, work, steps));
    }
    await condition(allHandlersFinished);
  } catch (error) {
    const cancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => {
      upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: cancelled ? 'cancelled' : 'failed' }]);
      if (cancelled) await finishJob({ jobId, outcome: 'cancelled' });
      else await finishJob({ jobId, outcome: 'failed', error: failureOf(error) });
    });
    throw error;
  }
  // Outside of the try: going on in a new execution is thrown as well, and is no failure.
  await continueAsNew<(next: JobRun) => Promise<void>>({ jobId, ranMs });
}

async function stepOf(jobId: string, work: Step, steps: JobSteps): Promise<void> {
  switch (work.kind) {
    case 'plan':
      return steps.plan({ jobId, targetOrdinal: work.targetOrdinal });
    case 'match':
      await rowActivities().matchTarget({ jobId, targetOrdinal: work.targetOrdinal });
      return;
    case 'import':
      return movePartitions(work.partitionIds, steps);
  }
}

type Step = Extract<Work, { kind: 'plan' | 'match' | 'import' }>;

/** Moves partitions a few at a time. The first that fails stops the others; all have ended when this returns. */
async function movePartitions(partitionIds: readonly number[], steps: JobSteps): Promise<void> {
  const waiting = [...partitionIds];
  const scope = CancellationScope.current();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const { stopped } = await steps.move({ partitionId: id });
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
