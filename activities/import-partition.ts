import { addCounters } from '../src/domain/counters.ts';
import { DIRECTORY_NAMESPACE } from '../src/domain/directory/identity.ts';
import { AppError } from '../src/domain/errors.ts';
import { isOwn, sourceOf } from '../src/domain/target.ts';
import { FinalDraft } from '../src/rows/candidate.ts';
import { isDirectory } from '../src/rows/directory-draft.ts';
import { givePackedBack } from '../src/rows/packed-memory.ts';
import { evidenceFields } from '../src/rows/evidence-fields.ts';
import { createKeyer } from '../src/rows/match/keyer.ts';
import { usedIndex } from '../src/store/match/match-model.ts';
import { identifierFieldOf, keyedBySource } from '../src/rows/identifier-field.ts';
import type { ChunkContext } from '../src/store/commit/chunk.ts';
import { commitChunk } from '../src/store/commit/commit-chunk.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { holdsRowsOfSource, knowsRowsOfSource } from '../src/store/commit/probe.ts';
import { referredTargets } from '../src/store/queries/targets/own-targets.ts';
import { mirrorsOf } from '../src/store/plans/mirror.ts';
import type { ImportJob } from '../src/store/entities/import-job.ts';
import { retryFacts } from '../src/store/queries/retries/retry-family.ts';
import { missSource } from '../src/store/queries/jobs/source-loss.ts';
import { findBuiltinTarget } from '../src/targets/registry.ts';
import { joinBatches, MAX_CHUNK_SIZE } from './chunks.ts';
import type { ChunkLimits, DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import { matchesByLikeness, writtenFieldsOf } from './job-source.ts';
import type { JobPart } from './job-source.ts';
import type { MatchedRows, MatchMemory } from './matching/memory.ts';
import { partitionActivity } from './partition-run.ts';
import type { Pulse } from './pulse.ts';
import { readChunks } from './read-drafts.ts';
import { filePlanOf } from './file-plan.ts';
import { mayRecover, sourceGivenUp } from './source-outage.ts';

/** Rows of an own table are tried together, in one transaction, and taken back. */
const REHEARSAL_LIMITS = { rows: 50_000, size: 16 * 1024 ** 2 };

/** How long a source may be away before its job gives up; while rows come, this starts again with each. */
const GIVE_UP_SECONDS = 300;

/**
 * Moves a partition's rows from the source into the target, chunk by chunk, from its checkpoint on. `stopped` says that
 * the job was paused or ended in the store before the partition was finished.
 */
export function createImportPartition(deps: ActivityDeps, memory: MatchMemory) {
  return partitionActivity(
    deps,
    async ({ part, claim, client, pulse }) => {
      const isAgain = part.job.kind === 'retry' || (part.target.file && filePlanOf(part).mended);
      const retry = isAgain ? await retryContext(deps, part.job) : {};
      const matched = claim.position === null ? memory.take(claim) : null;
      const context = { ...(await contextOf(deps, part, claim, client, matched)), ...retry };
      const read = (limits: ChunkLimits): AsyncGenerator<DraftBatch, void, undefined> =>
        matched
          ? joinBatches(matched.batches, limits)
          : readChunks(deps, part, claim, { ...context, limits, signal: pulse.signal });
      await moveRows(part, await inMirror(deps, part, context), claim, pulse, read);
    },
    (claim, error) => givingUp(deps, claim, error),
  );
}

async function retryContext(
  { orm }: ActivityDeps,
  job: ImportJob,
): Promise<Pick<ChunkContext, 'attempt' | 'approval'>> {
  const { attempt, decision } = await retryFacts(orm.em.fork(), job.id);
  return { attempt, ...(decision && { approval: { ...decision, reviewerId: job.createdById ?? null } }) };
}

async function contextOf(
  deps: ActivityDeps,
  { job, target }: JobPart,
  claim: PartitionClaim,
  client: ChunkContext['client'],
  matched: MatchedRows | null,
): Promise<ChunkContext> {
  const identifierField = identifierFieldOf(job.mode, target);
  // Records of the directory are known by their ids, whatever brings them.
  const sourceId = sourceOf(target.spec, job) ?? (isDirectory(target.spec) ? DIRECTORY_NAMESPACE : null);
  if (identifierField === null || sourceId === null)
    throw new AppError('internal', `The job ${job.id} has lost its source.`);
  return {
    client,
    tenantId: job.tenantId,
    sourceId,
    jobId: job.id,
    jobNumber: claim.jobNumber,
    targetOrdinal: target.ordinal,
    spec: target.spec,
    writtenFields: writtenFieldsOf({ job, target }),
    mode: job.mode,
    identifierField,
    ...(target.file && { importerFields: target.file.fields }),
    referred: await referredTargets(deps.orm.em.fork(), job.tenantId, target.spec, findBuiltinTarget),
    keyedBySource: keyedBySource(job.mode, job.targets),
    dryRun: job.kind === 'validate',
    ...(await likenessOf({ job, target }, client, matched)),
  };
}

/** A job that matches by likeness keeps the keys right by which it is matched. */
async function likenessOf(
  part: JobPart,
  client: ChunkContext['client'],
  matched: MatchedRows | null,
): Promise<Pick<ChunkContext, 'byLikeness' | 'results' | 'keptIndex'>> {
  if (!matchesByLikeness(part)) return {};
  const { job, target } = part;
  // A plan changes no records.
  const results = matched ? { results: matched.results } : {};
  if (job.kind === 'plan') return { byLikeness: true, ...results };
  const fields = evidenceFields(target.spec, writtenFieldsOf(part), job.mode.duplicateDetection);
  const records = { tenantId: job.tenantId, spec: target.spec, fields };
  if (matched) {
    const { indexId: id, keyer, keys } = matched;
    return { byLikeness: true, ...results, keptIndex: id === null ? null : { id, target: records, keyer, keys } };
  }
  const index = await usedIndex(client, { jobId: job.id, targetOrdinal: target.ordinal });
  return {
    byLikeness: true,
    keptIndex: index && { id: index.id, target: records, keyer: createKeyer(index.plan) },
  };
}

/** The same where mirrors were made of targets; a plan of an own table writes into that, to take it back. */
async function inMirror({ orm }: ActivityDeps, { job, target }: JobPart, given: ChunkContext): Promise<ChunkContext> {
  const context = job.kind === 'plan' ? { ...given, plans: true } : given;
  const mirrors = await mirrorsOf(orm.em.fork(), job);
  const mirror = mirrors.get(target.spec.type);
  return mirror ? { ...context, spec: mirror, mirrored: { spec: target.spec, referred: mirrors } } : context;
}

async function moveRows(
  part: JobPart,
  context: ChunkContext,
  claim: PartitionClaim,
  pulse: Pulse,
  read: (limits: ChunkLimits) => AsyncGenerator<DraftBatch, void, undefined>,
): Promise<void> {
  let { rowsDone, counters } = claim;
  // What is planned, and was planned, is decided by what is there.
  const looks = context.dryRun || context.plans || part.job.options.plan;
  const holds = begunNew(part, claim) ? knowsRowsOfSource : holdsRowsOfSource;
  let expectNew = !looks && !(await holds(context));
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
    if (batch.isAlone === true) {
      for (const draft of drafts) if (draft instanceof FinalDraft) givePackedBack(draft.bytes);
    }
    counters = addCounters(counters, committed.counters);
    // A row that an identifier leads to is no duplicate of another, also when an earlier chunk has made its record.
    if (committed.surprised || context.mode.duplicateDetection.enabled) expectNew = false;
    pulse.beat({ position: batch.position ?? null, counters, rowsDone });
  };

  const rehearses = (context.plans || context.dryRun) && isOwn(context.spec);
  const limits = rehearses ? REHEARSAL_LIMITS : { rows: part.job.options.batchSize, size: MAX_CHUNK_SIZE };
  for await (const batch of read(limits)) {
    // The next chunk is read and mapped while this one commits; only one commit is under way at a time.
    await committing;
    pulse.signal.throwIfAborted();
    if (rehearses && context.plans && rowsDone > 0) throw tooManyToRehearse(context.spec);
    committing = commit(batch, false);
    committing.catch(() => undefined);
  }
  await committing;
  await commit({ drafts: [] }, true);
}

/** Whether the target held nothing of the file's source when it was planned: what it holds now, other ranges brought in. */
function begunNew(part: JobPart, { listed }: PartitionClaim): boolean {
  return part.job.kind === 'import' && part.target.file !== undefined && !listed && filePlanOf(part).isNew === true;
}

function tooManyToRehearse({ type }: ChunkContext['spec']): AppError {
  const { rows, size } = REHEARSAL_LIMITS;
  return new AppError(
    'wrong_state',
    `A plan takes up to ${rows} rows and ${size / 1024 ** 2} MB of ${type}, whose table is your own: what it makes of rows is ` +
      `only known with all of them in it. Plan less at a time, by import_filters.`,
  );
}

/** A source that has been away for too long, or stays away for good, ends the job; anything else is tried again. */
async function givingUp({ orm }: ActivityDeps, claim: PartitionClaim, error: unknown): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== 'source_unreachable') return error;
  if (!mayRecover(error)) return sourceGivenUp(error);
  const seconds = await missSource(orm.em.fork(), claim.partitionId);
  return seconds > GIVE_UP_SECONDS ? sourceGivenUp(error) : error;
}
