import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { MigrationStatus } from '../../domain/migration.ts';
import type { UndoCounts } from '../../domain/rollback.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { attemptsToUndo } from '../../store/queries/migration/migration-attempts.ts';
import type { Attempt } from '../../store/queries/migration/migration-attempts.ts';
import type { MigrationState } from '../../store/queries/migration/migrations.ts';
import { undoCounts } from '../../store/queries/jobs/rollbacks.ts';
import type { EngineDeps } from '../deps.ts';
import { createRollback } from '../rollbacks/create-rollback.ts';
import { visibleMigration } from './find-migrations.ts';
import { refuse } from './refusal.ts';

/** How often it is looked whether a rollback has ended, and how long at the most. */
const LOOK_MS = 50;
const PATIENCE_MS = 300_000;

export interface RolledBack {
  readonly state: MigrationState;
  /** The rollbacks by which it was undone: that of the import last. What each made of every row is listed under its id. */
  readonly jobIds: readonly string[];
  /** Rows by what they made of them: what somebody changed since, or others refer to, is kept. */
  readonly outcomes: UndoCounts;
}

/**
 * Undoes the import of a migration job and all retries of it, the newest first, and waits until that is done; whoever stops
 * waiting and asks again waits for the same rollbacks. Throws a refusal for a job that has brought nothing in, for one that
 * is being retried, and for one that ended too long ago.
 */
export async function rollbackMigration(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  signal: AbortSignal,
): Promise<RolledBack> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  const state = await visibleMigration(em, actor, id);
  const attempts = await attemptsToUndo(em, id);
  if (!attempts.some(({ rollback }) => rollback?.ended === false)) mustBeUndoable(state, attempts);
  const jobIds: string[] = [];
  for (const attempt of attempts) {
    const rollbackId = attempt.rollback?.id ?? (await beginRollback(deps, actor, id, attempt));
    await ended(deps, rollbackId, signal);
    jobIds.push(rollbackId);
  }
  const now = await visibleMigration(deps.orm.em.fork(), actor, id);
  return { state: now, jobIds, outcomes: await undoCounts(em, jobIds) };
}

function mustBeUndoable(state: MigrationState, attempts: readonly Attempt[]): void {
  const { status, rows, waits, isTooLate } = state;
  const mayHave = status === 'completed' || (status === 'failed' && !waits && rows.valid > 0);
  if (!mayHave) throw notNow(status);
  if (!attempts.every((attempt) => attempt.ended)) throw notNow('importing');
  if (isTooLate) throw refuse('too_late', 'The import ended too long ago to be rolled back.', { status });
}

async function beginRollback(deps: EngineDeps, actor: Actor, id: string, { jobId }: Attempt): Promise<string> {
  try {
    const confirmation = { understoodConsequences: true, backupCreated: true };
    return (await createRollback(deps, actor, jobId, { options: {}, confirmation })).job.id;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    // Somebody else was faster.
    const attempts = await attemptsToUndo(deps.orm.em.fork(), id);
    const other = attempts.find((attempt) => attempt.jobId === jobId)?.rollback;
    if (!other) throw notNow((await visibleMigration(deps.orm.em.fork(), actor, id)).status);
    return other.id;
  }
}

function notNow(status: MigrationStatus): AppError {
  return refuse('rollback', `A job that is ${status} is not rolled back.`, { status });
}

/** Resolves when a rollback is done. It goes on, also when nobody waits any more. */
async function ended({ orm }: EngineDeps, id: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await orm.em.fork().findOneOrFail(ImportJob, { id });
    if (status === 'completed') return;
    if (isFinal(status)) throw refuse('not_undone', `The rollback is ${status}.`, { status });
    signal.throwIfAborted();
    if (performance.now() >= until) throw new AppError('unavailable', 'The rollback is still under way.');
    await delay(LOOK_MS, undefined, { signal });
  }
}
