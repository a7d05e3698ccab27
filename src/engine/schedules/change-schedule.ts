import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { audit } from '../audit/audit.ts';
import type { AuditAction } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { completeSchedule, scheduleMistakes } from './complete-schedule.ts';
import { getSchedule, holdSchedule, visibleSchedule } from './find-schedules.ts';
import type { ScheduleInput } from './schedule-input.ts';
import { planOf } from './schedule-plan.ts';
import { findSource, isOfRow, sourceNamed } from './scheduled-source.ts';
import type { ScheduleView } from './schedule-view.ts';

/** Changes a schedule; what is left out stays. Throws `not_found`, `validation`, and `unavailable` with nothing changed. */
export function updateSchedule(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  input: ScheduleInput,
): Promise<ScheduleView> {
  return change(deps, actor, id, 'schedule.updated', async (tx, row) => {
    const named = sourceNamed(input, row);
    const own = await findSource(tx, actor, named, LockMode.NONE);
    // Its own is held by the row: whoever deletes it waits for that, and must not be waited for.
    const source = isOfRow(own, row) ? own : await findSource(tx, actor, named, LockMode.PESSIMISTIC_READ);
    const find = await tenantTargetFinder(tx, actor.tenantId);
    tx.assign(row, { ...completeSchedule(input, row, source, find), updatedAt: new Date() });
  });
}

/** What `updateSchedule` would find wrong in an input; nothing is changed. */
export async function checkChange(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  input: ScheduleInput,
): Promise<FieldMistakes> {
  const em = deps.orm.em.fork();
  const row = await visibleSchedule(em, actor, id);
  const source = await findSource(em, actor, sourceNamed(input, row), LockMode.NONE);
  return scheduleMistakes(input, row, source, await tenantTargetFinder(em, actor.tenantId));
}

/** No run of it begins until it is resumed; one that is under way goes on. */
export function pauseSchedule(deps: EngineDeps, actor: Actor, id: string): Promise<ScheduleView> {
  return change(deps, actor, id, 'schedule.paused', (tx, row) => {
    tx.assign(row, { paused: true, updatedAt: new Date() });
  });
}

/** Its runs begin again when they are due; what was due meanwhile stays undone. */
export function resumeSchedule(deps: EngineDeps, actor: Actor, id: string): Promise<ScheduleView> {
  return change(deps, actor, id, 'schedule.resumed', (tx, row) => {
    tx.assign(row, { paused: false, updatedAt: new Date() });
  });
}

/**
 * Makes a change here and in Temporal. The row is marked first, then changed under its lock while Temporal is told: when
 * that fails the row stays as it was and the mark tells the sweep to have Temporal say the same again.
 */
async function change(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  action: AuditAction,
  apply: (tx: EntityManager, row: ImportSchedule) => void | Promise<void>,
): Promise<ScheduleView> {
  const { orm, orchestrator } = deps;
  await visibleSchedule(orm.em.fork(), actor, id);
  await mark(deps, id);
  await orm.em.fork().transactional(async (tx) => {
    const row = await holdSchedule(tx, actor, id);
    await apply(tx, row);
    const plan = planOf(row);
    if (!plan) throw notFound('Import schedule');
    const { digest } = await orchestrator.schedules.put(plan);
    tx.assign(row, { state: 'settled', stateAt: new Date(), digest, checkedAt: new Date() });
    await audit(tx, actor, action, { type: 'import_schedule', id }, { name: row.name });
  });
  return getSchedule(deps, actor, id);
}

/** Says that Temporal may be about to hear something that the row does not say. */
async function mark({ orm }: Pick<EngineDeps, 'orm'>, id: string): Promise<void> {
  await orm.em
    .fork()
    .nativeUpdate(
      ImportSchedule,
      { id, state: { $in: ['settled', 'changing'] } },
      { state: 'changing', stateAt: new Date() },
    );
}
