import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { completeSchedule, scheduleMistakes } from './complete-schedule.ts';
import { getSchedule } from './find-schedules.ts';
import type { ScheduleInput } from './schedule-input.ts';
import { planOf } from './schedule-plan.ts';
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
    // A profile that is being deleted is waited for, and then is none.
    const profile = await profileOf(tx, actor, input.profileId, LockMode.PESSIMISTIC_READ);
    const now = new Date();
    tx.create(ImportSchedule, {
      id,
      tenantId: actor.tenantId,
      ...completeSchedule(input, null, profile, await tenantTargetFinder(tx, actor.tenantId)),
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
      if (!plan) throw new AppError('conflict', 'The import profile was deleted meanwhile.');
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
  const profile = await profileOf(em, actor, input.profileId, LockMode.NONE);
  return scheduleMistakes(input, null, profile, await tenantTargetFinder(em, actor.tenantId));
}

/** The profile that a schedule is to import, as far as the actor has it. */
export async function profileOf(
  em: EntityManager,
  actor: Actor,
  profileId: string | null | undefined,
  lockMode: LockMode.NONE | LockMode.PESSIMISTIC_READ,
): Promise<ImportProfile | null> {
  if (!profileId) return null;
  return em.findOne(ImportProfile, { id: profileId, tenantId: actor.tenantId }, { lockMode });
}
