import type { EntityManager } from '@mikro-orm/postgresql';
import { LockMode } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid } from '../../domain/errors.ts';
import { DEFAULT_BATCH_SIZE, isFinal } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import { UNDOABLE_ACTIONS } from '../../domain/rollback.ts';
import type { RollbackOptions } from '../../domain/rollback.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { undoableRows } from '../../store/queries/jobs/rollbacks.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleJob } from '../jobs/find-jobs.ts';
import { startJob } from '../jobs/start-job.ts';

/** What somebody asks of a rollback; what is left out takes its default. */
export interface CreateRollbackInput {
  readonly options: Partial<RollbackOptions> & { readonly batchSize?: number };
  readonly confirmation: { readonly understoodConsequences: boolean; readonly backupCreated: boolean };
}

/** A rollback that was just made: it is pending, and will have a workflow. */
export interface CreatedRollback {
  readonly job: ImportJob;
  readonly options: RollbackOptions;
  readonly batchSize: number;
  /** Rows that there are to undo, by the counters of the job. */
  readonly estimatedRecords: number;
}

/**
 * Makes a job that undoes another and has it started. Undoing a rollback brings back what it removed and changed. Throws
 * `not_found` for a job the actor may not see, `validation` without the confirmations, and `conflict` for a job that has
 * not ended, that wrote nothing, or that is or is being rolled back.
 */
export async function createRollback(
  deps: EngineDeps,
  actor: Actor,
  jobId: string,
  input: CreateRollbackInput,
): Promise<CreatedRollback> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  await visibleJob(em, actor, jobId);
  confirmed(input);
  const created = await em.transactional(async (tx) => {
    // Whoever else wants to roll it back waits, and then finds this rollback.
    const undone = await tx.findOneOrFail(
      ImportJob,
      { id: jobId },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    );
    const options: RollbackOptions = {
      targetActions: input.options.targetActions ?? UNDOABLE_ACTIONS,
      preserveRelationships: input.options.preserveRelationships ?? true,
      dryRun: input.options.dryRun ?? false,
    };
    await mustBeUndoable(tx, undone, options);
    const batchSize = input.options.batchSize ?? DEFAULT_BATCH_SIZE;
    const job = await insertRollback(tx, actor, undone, options, batchSize);
    return { job, options, batchSize, estimatedRecords: await undoableRows(tx, undone, options.targetActions) };
  });
  await startJob(deps, created.job);
  return created;
}

/** Makes the job that undoes another, in the caller's transaction; its start is left to the caller. */
export async function insertRollback(
  tx: EntityManager,
  actor: Actor,
  undone: ImportJob,
  options: RollbackOptions,
  batchSize: number,
): Promise<ImportJob> {
  const now = new Date();
  const job = tx.create(ImportJob, {
    id: randomUUID(),
    tenantId: undone.tenantId,
    kind: 'rollback',
    status: 'pending',
    profileId: undone.profileId ?? null,
    parentJobId: undone.id,
    migrationId: undone.migrationId ?? null,
    createdById: actor.userId,
    options: {
      batchSize,
      timeoutSeconds: null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: undone.mode,
    // What refers goes before what it refers to; a rollback that is undone has them that way round already.
    targets: undone.targets.toReversed(),
    rollback: options,
    sourceCounts: {},
    sourceQueries: {},
    reading: {},
    operation: 'Initializing rollback...',
    createdAt: now,
    updatedAt: now,
  });
  await tx.flush();
  await appendEvent(tx, {
    tenantId: job.tenantId,
    type: 'job.created',
    jobId: job.id,
    profileId: job.profileId ?? null,
    userId: actor.userId,
    data: { kind: job.kind, status: job.status, ...(job.migrationId && { migrationId: job.migrationId }) },
  });
  await audit(tx, actor, 'job.rollback', { type: 'import_job', id: undone.id }, { rollbackJobId: job.id, ...options });
  return job;
}

function confirmed({ confirmation }: CreateRollbackInput): void {
  const missing = {
    ...(confirmation.understoodConsequences
      ? {}
      : { 'confirmation.understood_consequences': ['Confirm that you have understood the consequences.'] }),
    ...(confirmation.backupCreated ? {} : { 'confirmation.backup_created': ['Confirm that a backup was created.'] }),
  };
  if (Object.keys(missing).length > 0) throw invalid(missing);
}

/** Throws `conflict` unless a job can be undone that way, whoever else is at it. */
export async function mustBeUndoable(em: EntityManager, job: ImportJob, options: RollbackOptions): Promise<void> {
  if (!isFinal(job.status)) throw conflict(`Cannot roll back an import job that is ${job.status}.`, job);
  if (job.kind === 'validate' || job.kind === 'plan' || job.kind === 'export' || job.rollback?.dryRun === true)
    throw conflict('The job has changed nothing that could be rolled back.', job);
  const parent =
    job.kind === 'rollback' && job.parentJobId ? await em.findOne(ImportJob, { id: job.parentJobId }) : null;
  if (job.kind === 'rollback' && parent?.kind === 'rollback')
    throw conflict('The job brought back what a rollback had removed: roll back the import itself again.', job);

  const rollbacks = await em.find(ImportJob, { parentJobId: job.id, kind: 'rollback' });
  for (const rollback of rollbacks.filter((each) => each.rollback?.dryRun !== true)) {
    if (!isFinal(rollback.status)) throw conflict('The import job is being rolled back.', rollback);
    if (rollback.status !== 'completed' || options.chosen === true) continue;
    // What single rows were undone by holds them alone; the others are still there to undo.
    if (rollback.rollback?.chosen === true) continue;
    const overlaps = rollback.rollback?.targetActions.some((action) => options.targetActions.includes(action)) === true;
    if (overlaps && !(await isUndone(em, rollback)))
      throw conflict('The import job has already been rolled back.', rollback);
  }
}

/** Whether a rollback was undone itself, which leaves its job as if it had never been rolled back. */
async function isUndone(em: EntityManager, rollback: ImportJob): Promise<boolean> {
  const redos = await em.find(ImportJob, { parentJobId: rollback.id, kind: 'rollback', status: 'completed' });
  return redos.some((redo) => redo.rollback?.dryRun !== true);
}

function conflict(message: string, { id, status }: ImportJob): AppError {
  return new AppError('conflict', message, { details: { jobId: id, status } });
}
