import { Context } from '@temporalio/activity';
import { addCounters } from '../src/domain/counters.ts';
import { AppError } from '../src/domain/errors.ts';
import { identifierFieldOf } from '../src/rows/identifier-field.ts';
import { compileMapping } from '../src/rows/mapping.ts';
import { streamRows } from '../src/sources/postgres/rows.ts';
import type { ChunkContext } from '../src/store/commit/chunk.ts';
import { commitChunk } from '../src/store/commit/commit-chunk.ts';
import { claimPartition } from '../src/store/commit/partition-claim.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { holdsRowsOfSource } from '../src/store/commit/probe.ts';
import { referredTargets } from '../src/store/queries/own-targets.ts';
import { mirrorSpec } from '../src/store/plans/mirror.ts';
import { attemptOf } from '../src/store/queries/retry-family.ts';
import { findBuiltinTarget } from '../src/targets/registry.ts';
import { joinBatches, MAX_CHUNK_SIZE, sourceBatchRows } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import { loadJobPart, openJobSource, queryOf, stillRuns } from './job-source.ts';
import type { JobPart } from './job-source.ts';
import { readListedRows } from './listed-rows.ts';
import { readPlannedRows } from './planned-rows.ts';
import { isStop, startPulse } from './pulse.ts';
import type { Pulse } from './pulse.ts';
import { mayRecover, sourceGivenUp } from './source-outage.ts';

/** A source that gives no row for so long is taken for dead and read anew. */
const STALL_MS = 30_000;

/** How long a source may be away before its job gives up; while rows come, this starts again with each. */
const GIVE_UP_SECONDS = 300;

/**
 * Moves a partition's rows from the source into the target, chunk by chunk, from its checkpoint on. `stopped` says that
 * the job was paused or ended in the store before the partition was finished.
 */
export function createImportPartition(deps: ActivityDeps) {
  return async ({ partitionId }: { partitionId: number }): Promise<{ stopped: boolean }> => {
    const pool = await deps.orm.em.getConnection().getNativeClient();
    const claim = await claimPartition(pool, partitionId, Context.current().info.attempt === 1);
    if (claim.finished) return { stopped: false };
    const pulse = startPulse(() => stillRuns(deps, claim.jobId), deps.logger);
    const client = await pool.connect();
    let broken = true;
    try {
      const part = await loadJobPart(deps, claim.jobId, claim.targetOrdinal);
      const attempt = part.job.kind === 'retry' ? await attemptOf(deps.orm.em.fork(), claim.jobId) : 1;
      const context = { ...(await contextOf(deps, part, claim, client)), attempt };
      await moveRows(deps, part, part.job.kind === 'plan' ? planning(context, part) : context, claim, pulse);
      broken = false;
      return { stopped: false };
    } catch (error) {
      if (isStop(error, pulse.signal) || (error instanceof AppError && error.code === 'stopped'))
        return { stopped: true };
      throw await givingUp(deps, claim, error);
    } finally {
      client.release(broken);
      pulse.end();
    }
  };
}

async function contextOf(
  deps: ActivityDeps,
  { job, target }: JobPart,
  claim: PartitionClaim,
  client: ChunkContext['client'],
): Promise<ChunkContext> {
  const identifierField = identifierFieldOf(job.mode, target.spec, target.query);
  if (identifierField === null || !job.profileId)
    throw new AppError('internal', `The job ${job.id} has lost its source.`);
  const written = new Set(queryOf({ job, target }).fields.map((field) => field.target));
  return {
    client,
    tenantId: job.tenantId,
    sourceId: job.profileId,
    jobId: job.id,
    jobNumber: claim.jobNumber,
    targetOrdinal: target.ordinal,
    spec: target.spec,
    writtenFields: target.spec.fields.map((field) => field.name).filter((name) => written.has(name)),
    mode: job.mode,
    identifierField,
    referred: await referredTargets(deps.orm.em.fork(), job.tenantId, target.spec, findBuiltinTarget),
    dryRun: job.kind === 'validate',
  };
}

/** The same for a plan: it writes into the mirrors of its targets. */
function planning(context: ChunkContext, { job, target }: JobPart): ChunkContext {
  const mirrors = job.targets.map(({ ordinal, spec }) => [spec.type, mirrorSpec(job.number, ordinal, spec)] as const);
  const mirrored = { spec: target.spec, referred: new Map(mirrors) };
  return { ...context, spec: mirrorSpec(job.number, target.ordinal, target.spec), mirrored };
}

async function moveRows(
  deps: ActivityDeps,
  part: JobPart,
  context: ChunkContext,
  claim: PartitionClaim,
  pulse: Pulse,
): Promise<void> {
  let { rowsDone, counters } = claim;
  // What was planned is decided by what is there; and a row that an identifier leads to is no duplicate of another.
  const ofPlan = context.mirrored !== undefined || part.job.options.plan;
  const looks = context.dryRun || ofPlan || context.mode.duplicateDetection.enabled;
  let expectNew = !looks && !(await holdsRowsOfSource(context));
  let committing: Promise<void> = Promise.resolve();

  const commit = async (batch: Pick<DraftBatch, 'drafts'> & Partial<DraftBatch>, last: boolean): Promise<void> => {
    const { drafts, position = null, rowNumbers, planned } = batch;
    const chunk = {
      drafts,
      position,
      last,
      ...(rowNumbers ? { rowNumbers } : {}),
      ...(planned ? { planned } : {}),
    };
    const committed = await commitChunk(context, claim, chunk, { rowsDone, expectNew });
    rowsDone += batch.drafts.length;
    counters = addCounters(counters, committed.counters);
    if (committed.surprised) expectNew = false;
    pulse.beat({ position: batch.position ?? null, counters, rowsDone });
  };

  const limits = { rows: part.job.options.batchSize, size: MAX_CHUNK_SIZE };
  const rows = (): AsyncIterable<DraftBatch> => {
    if (claim.listed) return readListedRows(deps, part, claim, { ...context, stallMs: STALL_MS, signal: pulse.signal });
    if (part.job.options.plan) return readPlannedRows(deps, part.job.options.plan, claim);
    return joinBatches(readDrafts(deps, part, context, claim, pulse.signal), limits);
  };
  for await (const batch of rows()) {
    // The next chunk is read and mapped while this one commits; only one commit is under way at a time.
    await committing;
    pulse.signal.throwIfAborted();
    committing = commit(batch, false);
    committing.catch(() => undefined);
  }
  await committing;
  await commit({ drafts: [] }, true);
}

async function* readDrafts(
  deps: ActivityDeps,
  { job, target }: JobPart,
  context: ChunkContext,
  claim: PartitionClaim,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const query = queryOf({ job, target });
  const limit = query.limit === null ? null : query.limit - claim.rowsDone;
  if (limit !== null && limit <= 0) return;
  await using session = await openJobSource(deps, job, signal);
  let map: ReturnType<typeof compileMapping> | null = null;
  for await (const { rows, position, columns } of streamRows(session, query, {
    range: { after: claim.rangeAfter, upTo: claim.rangeUpTo },
    position: claim.position,
    limit,
    batchSize: sourceBatchRows(job.options.batchSize),
    stallMs: STALL_MS,
    signal,
  })) {
    map ??= compileMapping(
      target.spec,
      columns.map(({ target: field, family }) => ({ field, family })),
      context.identifierField,
    );
    yield { position, size: rows.bytes.length, drafts: map(rows) };
  }
}

/** A source that has been away for too long, or stays away for good, ends the job; anything else is tried again. */
async function givingUp({ orm }: ActivityDeps, claim: PartitionClaim, error: unknown): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== 'source_unreachable') return error;
  if (!mayRecover(error)) return sourceGivenUp(error);
  const [row]: { away: boolean }[] = await orm.em.fork().execute(
    `select "progressed_at" < clock_timestamp() - make_interval(secs => ?) as "away"
     from "import_partitions" where "id" = ?`,
    [GIVE_UP_SECONDS, claim.partitionId],
  );
  return row?.away === true ? sourceGivenUp(error) : error;
}
