import { addCounters } from '../src/domain/counters.ts';
import { AppError } from '../src/domain/errors.ts';
import { sourceOf, writtenFields } from '../src/domain/target.ts';
import { identifierFieldOf } from '../src/rows/identifier-field.ts';
import type { PoolClient } from 'pg';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { commitUndo, countersOf } from '../src/store/undo/chunk.ts';
import type { UndoRange, UndoTask } from '../src/store/undo/context.ts';
import type { ImportJob } from '../src/store/entities/import-job.ts';
import { importBehind } from '../src/store/queries/jobs/rollbacks.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { partitionActivity } from './partition-run.ts';
import type { Pulse } from './pulse.ts';

/**
 * Undoes a partition's rows, chunk by chunk, from its checkpoint on. `stopped` says that the job was paused or ended in
 * the store before the partition was finished.
 */
export function createUndoPartition(deps: ActivityDeps) {
  return partitionActivity(deps, async ({ part, claim, client, pulse }) => {
    await undoRows(await contextOf(deps, part, client), part.job, claim, pulse);
  });
}

async function contextOf(deps: ActivityDeps, { job, target }: JobPart, client: PoolClient): Promise<UndoTask> {
  if (!job.rollback) throw new AppError('internal', `The job ${job.id} is no rollback.`);
  const { undone, original } = await importBehind(deps.orm.em, job);
  const { spec } = target;
  return {
    client,
    tenantId: job.tenantId,
    sourceId: sourceOf(spec, original),
    jobNumber: job.number,
    undoneNumber: undone.number,
    importNumber: original.number,
    targetOrdinal: target.ordinal,
    spec,
    writtenFields: writtenBy(original, target),
    identifierField: identifierFieldOf(original.mode, target),
    options: job.rollback,
    redo: undone.kind === 'rollback',
    targets: job.targets.map((each) => each.spec),
  };
}

/** The fields a job wrote into a target: those of the query as it was when the target was planned. */
function writtenBy(job: ImportJob, { ordinal, spec }: JobPart['target']): string[] {
  // As `planTarget` stored it.
  const query = job.sourceQueries[String(ordinal)] as Parameters<typeof writtenFields>[1];
  return writtenFields(spec, query).map(({ name }) => name);
}

async function undoRows(context: UndoTask, job: ImportJob, claim: PartitionClaim, pulse: Pulse): Promise<void> {
  let { rowsDone, counters } = claim;
  let reached = claim.position === null ? null : Number(claim.position.key[0]);
  // Where one record of a chunk was kept, the next chunk most likely has such records as well.
  let careful = false;
  for (;;) {
    pulse.signal.throwIfAborted();
    const range = { ...left(claim, reached, context.redo), limit: job.options.batchSize, careful };
    const undone = await commitUndo(context, claim, range);
    reached = undone.reached;
    counters = addCounters(counters, countersOf(undone.outcomes));
    const rows = Object.values(undone.outcomes).reduce((sum, count) => sum + count, 0);
    rowsDone += rows;
    careful = undone.outcomes.reversed < rows;
    pulse.beat({ position: { key: [String(reached)], ordinal: 1 }, counters, rowsDone });
    if (undone.last) return;
  }
}

/** What a partition has left: it is undone from its end to its beginning, and redone the other way. */
function left(claim: PartitionClaim, reached: number | null, redo: boolean): Omit<UndoRange, 'limit'> {
  const after = Number(claim.rangeAfter?.[0] ?? 0);
  const upTo = Number(claim.rangeUpTo?.[0] ?? Number.MAX_SAFE_INTEGER);
  if (reached === null) return { after, upTo };
  return redo ? { after: reached, upTo } : { after, upTo: reached - 1 };
}
