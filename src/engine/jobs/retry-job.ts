import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { invalid, wrongState } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { Approval } from '../../domain/review.ts';
import { recordKey } from '../../domain/record.ts';
import { ImportFile } from '../../store/entities/import-file.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { numberArray, retryFacts, retryFamily } from '../../store/queries/retries/retry-family.ts';
import type { RetryFamily } from '../../store/queries/retries/retry-family.ts';
import { attemptsAt, unfinishedRanges } from '../../store/queries/retries/retry-plan.ts';
import { hasPendingRows, listChosenRows } from '../../store/queries/retries/retry-rows.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleJob } from './find-jobs.ts';
import { viewJob } from './job-view.ts';
import type { JobView } from './job-view.ts';
import { startJob } from './start-job.ts';

export interface RetryInput {
  /** Ledger records to try again; null for all that failed or were not reached. */
  readonly recordIds?: readonly string[] | null;
  /** What is to be otherwise than in the job that is retried. */
  readonly mode?: Partial<ModeConfig>;
  readonly batchSize?: number;
  /** Finds out what would become of the rows, and leaves nothing but issues and counters. */
  readonly dryRun?: boolean;
}

/**
 * Makes a job that tries again what an ended one failed to bring in or did not come to, and has it started. It runs by
 * what the other ran by; its records are the same source rows, one attempt later. Throws `wrong_state` for a job that
 * has not ended, is no import, is being retried, or left nothing to retry, and `validation` for records that are not
 * failed ones of it.
 */
export async function retryJob(deps: EngineDeps, actor: Actor, jobId: string, input: RetryInput): Promise<JobView> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  const parent = await visibleJob(em, actor, jobId);
  const job = await em.transactional(async (tx) => {
    const family = await retryable(tx, parent);
    const recordIds = input.recordIds ?? null;
    const created = await insertRetry(tx, actor, parent, { ...input, family, chosen: recordIds !== null });
    if (recordIds !== null) await choose(tx, created, parent, family, recordIds);
    else if (!(await leavesAnything(tx, parent, family))) {
      throw wrongState('The import job has no failed or unprocessed records to retry.', { action: 'retry' });
    }
    return created;
  });
  const started = await startJob(deps, job);
  return viewJob(deps.orm.em.fork(), deps.orchestrator, started);
}

/** What is known of a retry when it is made. */
export interface NewRetry extends Pick<RetryInput, 'mode' | 'batchSize' | 'dryRun'> {
  readonly family: RetryFamily;
  /** It is about the rows on its list alone. */
  readonly chosen: boolean;
  /** For an approval: what becomes of these rows. */
  readonly decision?: Approval;
}

/** Makes a retry of a job, in the caller's transaction; its list and its start are left to the caller. */
export async function insertRetry(
  tx: EntityManager,
  actor: Actor,
  parent: ImportJob,
  { family, chosen, decision, ...input }: NewRetry,
): Promise<ImportJob> {
  const created = createRetry(tx, actor, parent, input);
  await tx.flush();
  await tx.execute(
    `insert into "import_retries" ("job_id", "job_number", "root_number", "attempt", "chosen", "decision")
     values (?, ?, ?, ?, ?, ?::jsonb)`,
    [
      created.id,
      created.number,
      family.rootNumber,
      family.nextAttempt,
      chosen,
      decision === undefined ? null : JSON.stringify(decision),
    ],
  );
  await appendEvent(tx, {
    tenantId: created.tenantId,
    type: 'job.created',
    jobId: created.id,
    profileId: created.profileId ?? null,
    userId: actor.userId,
    data: { kind: created.kind, status: created.status, retryOf: parent.id },
  });
  const facts = { retryOf: parent.id, ...(decision && { decision }) };
  await audit(tx, actor, decision ? 'job.approve' : 'job.retry', { type: 'import_job', id: created.id }, facts);
  return created;
}

/** The attempts a job is one of, held against another retry that is asked for at the same time. */
export async function holdFamily(tx: EntityManager, jobNumber: number): Promise<RetryFamily> {
  const { rootNumber } = await retryFamily(tx, jobNumber);
  await tx.findOne(ImportJob, { number: rootNumber }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  return retryFamily(tx, jobNumber);
}

/** The attempts a job is one of, where another may be made. Throws `wrong_state` otherwise. */
export async function retryable(tx: EntityManager, parent: ImportJob): Promise<RetryFamily> {
  const family = await holdFamily(tx, parent.number);
  const refreshed = await tx.findOneOrFail(ImportJob, { id: parent.id }, { refresh: true });
  const { status, kind } = refreshed;
  if (kind !== 'import' && kind !== 'retry') {
    throw wrongState(`A job of the kind ${kind} cannot be retried.`, { action: 'retry', kind });
  }
  if (!isFinal(status)) {
    throw wrongState(`Cannot retry an import job that is ${status}.`, { action: 'retry', status });
  }
  mustHaveSource(refreshed);
  if (refreshed.fileId && (await tx.count(ImportFile, { id: refreshed.fileId, removedAt: { $ne: null } })) > 0) {
    throw wrongState('The file of this job is not kept any more.', { action: 'retry' });
  }
  if ((await retryFacts(tx, parent.id)).decision !== null) {
    throw wrongState('The job brought in what was approved. Approve what it left once more.', { action: 'retry' });
  }
  if (family.unfinished !== null) {
    const details = { action: 'retry', jobId: family.unfinished };
    throw wrongState(`The import job is being retried already by the job ${family.unfinished}.`, details);
  }
  return family;
}

/** Throws `wrong_state` where the profile or file of a job is gone, without which nothing of it can be read again. */
export function mustHaveSource({
  profileId,
  fileId,
  options,
}: Pick<ImportJob, 'profileId' | 'fileId' | 'options'>): void {
  if (options.source === 'api')
    throw wrongState('The rows of this job came with a request: send them again.', { action: 'retry' });
  if (!profileId && !fileId) throw wrongState('The import profile of this job was deleted.', { action: 'retry' });
}

function createRetry(
  tx: EntityManager,
  actor: Actor,
  parent: ImportJob,
  input: Pick<RetryInput, 'mode' | 'batchSize' | 'dryRun'>,
): ImportJob {
  const now = new Date();
  const options: JobOptions = { ...parent.options, batchSize: input.batchSize ?? parent.options.batchSize };
  return tx.create(ImportJob, {
    id: randomUUID(),
    tenantId: parent.tenantId,
    kind: input.dryRun === true ? 'validate' : 'retry',
    status: 'pending',
    profileId: parent.profileId ?? null,
    importerId: parent.importerId ?? null,
    importerVersion: parent.importerVersion ?? null,
    fileId: parent.fileId ?? null,
    parentJobId: parent.id,
    createdById: actor.userId,
    options,
    mode: { ...parent.mode, ...input.mode },
    targets: parent.targets,
    sourceCounts: {},
    sourceQueries: {},
    reading: {},
    operation: 'Looking up what is left to do...',
    createdAt: now,
    updatedAt: now,
  });
}

async function choose(
  tx: EntityManager,
  job: ImportJob,
  parent: ImportJob,
  { since }: RetryFamily,
  recordIds: readonly string[],
): Promise<void> {
  const mistakes: Record<string, string[]> = {};
  const places = new Map<string, number>();
  const keys = recordIds.flatMap((id, index) => {
    const key = recordKey(id);
    if (key?.jobNumber === parent.number) {
      places.set(`${key.targetOrdinal} ${key.rowNumber}`, index);
      return [key];
    }
    mistakes[`record_ids.${index}`] = ['The record is none of this import job.'];
    return [];
  });
  for (const key of await listChosenRows(tx, job.number, keys, since)) {
    const place = places.get(`${key.targetOrdinal} ${key.rowNumber}`);
    mistakes[`record_ids.${place}`] = ['The record is none that failed, or it has been retried with success.'];
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

async function leavesAnything(tx: EntityManager, parent: ImportJob, family: RetryFamily): Promise<boolean> {
  for (const { ordinal } of parent.targets) {
    const since = await attemptsAt(tx, ordinal, family.since, family.numbers);
    if (!(await isPlanned(tx, family, ordinal))) return true;
    if (await hasPendingRows(tx, ordinal, since)) return true;
    if ((await unfinishedRanges(tx, ordinal, since)).length > 0) return true;
  }
  return false;
}

/** Whether any attempt came to plan a target: what none has planned, none has read. */
async function isPlanned(tx: EntityManager, { numbers }: RetryFamily, targetOrdinal: number): Promise<boolean> {
  const [row]: object[] = await tx.execute(
    `select from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
     where "j"."number" = any(?::bigint[]) and "p"."target_ordinal" = ? limit 1`,
    [numberArray(numbers), targetOrdinal],
  );
  return row !== undefined;
}
