import { LockMode } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { completeSchedule, scheduleMistakes } from './complete-schedule.ts';
import { getSchedule } from './find-schedules.ts';
import type { ScheduleInput } from './schedule-input.ts';
import { planOf } from './schedule-plan.ts';
import { findSource, sourceNamed } from './scheduled-source.ts';
import type { ScheduleView } from './schedule-view.ts';

/**
 * Makes a schedule. It is stored as one that is being made, then Temporal is told, then it is there: whatever dies in
 * between leaves one that nobody was told of, and the sweep clears it away on both sides.
 * @throws AppError `validation` with every mistake; `unavailable` when Temporal does not answer, and then there is none
 */
export async function createSchedule(deps: EngineDeps, actor: Actor, input: ScheduleInput): Promise<ScheduleView> {
  requirePermission(actor, 'system.import');
  const { orm, orchestrator } = deps;
  const id = randomUUID();
  await orm.em.fork().transactional(async (tx) => {
    // What is being deleted just now is waited for, and then is none.
    const source = await findSource(tx, actor, sourceNamed(input, null), LockMode.PESSIMISTIC_READ);
    const now = new Date();
    tx.create(ImportSchedule, {
      id,
      tenantId: actor.tenantId,
      ...completeSchedule(input, null, source, await tenantTargetFinder(tx, actor.tenantId)),
      paused: false,
      cursors: {},
      createdById: actor.userId,
      state: 'making',
      stateAt: now,
      digest: null,
      checkedAt: null,
      createdAt: now,
      updatedAt: now,
    });
  });
  try {
    await orm.em.fork().transactional(async (tx) => {
      const row = await tx.findOne(ImportSchedule, { id, state: 'making' }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const plan = row && planOf(row);
      if (!plan) throw new AppError('conflict', 'What it imports was deleted meanwhile.');
      const { digest } = await orchestrator.schedules.put(plan);
      tx.assign(row, { state: 'settled', digest, checkedAt: new Date() });
      await audit(tx, actor, 'schedule.created', { type: 'import_schedule', id }, { name: row.name });
    });
  } catch (error) {
    await orm.em.fork().nativeUpdate(ImportSchedule, { id, state: 'making' }, { state: 'removing' });
    throw error;
  }
  return getSchedule(deps, actor, id);
}

/** What `createSchedule` would find wrong in an input; nothing is made. */
export async function checkSchedule(deps: EngineDeps, actor: Actor, input: ScheduleInput): Promise<FieldMistakes> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  const source = await findSource(em, actor, sourceNamed(input, null), LockMode.NONE);
  return scheduleMistakes(input, null, source, await tenantTargetFinder(em, actor.tenantId));
}
