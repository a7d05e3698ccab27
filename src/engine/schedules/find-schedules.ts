import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewSchedules } from './schedule-view.ts';
import type { ScheduleView } from './schedule-view.ts';

/** The schedules the actor may see, newest first. */
export async function listSchedules(
  deps: EngineDeps,
  actor: Actor,
  { page, perPage }: Page,
): Promise<{ rows: ScheduleView[]; total: number }> {
  const em = deps.orm.em.fork();
  const [schedules, total] = await em.findAndCount(ImportSchedule, visibleTo(actor), {
    orderBy: { createdAt: 'desc', id: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  return { rows: await viewSchedules(deps, em, schedules), total };
}

/** One schedule that the actor may see. Throws `not_found`. */
export async function getSchedule(deps: EngineDeps, actor: Actor, id: string): Promise<ScheduleView> {
  const em = deps.orm.em.fork();
  const [view] = await viewSchedules(deps, em, [await visibleSchedule(em, actor, id)]);
  if (!view) throw notFound(SUBJECT);
  return view;
}

/** The same as it lies in the store. */
export async function visibleSchedule(em: EntityManager, actor: Actor, id: string): Promise<ImportSchedule> {
  const where = visibleTo(actor);
  const schedule = isUuid(id) ? await em.findOne(ImportSchedule, { $and: [{ id }, where] }) : null;
  if (!schedule) throw notFound(SUBJECT);
  return schedule;
}

/** The same, held against everybody else until the caller's transaction ends. */
export async function holdSchedule(tx: EntityManager, actor: Actor, id: string): Promise<ImportSchedule> {
  const where: FilterQuery<ImportSchedule> = { $and: [{ id }, visibleTo(actor)] };
  const schedule = await tx.findOne(ImportSchedule, where, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!schedule) throw notFound(SUBJECT);
  return schedule;
}

const SUBJECT = 'Import schedule';

function visibleTo(actor: Actor): FilterQuery<ImportSchedule> {
  requirePermission(actor, 'system.import');
  return {
    tenantId: actor.tenantId,
    state: { $in: ['settled', 'changing'] },
    $or: [{ profileId: { $ne: null } }, { importerId: { $ne: null } }],
    ...(seesOwnJobsOnly(actor) ? { createdById: actor.userId } : {}),
  };
}
