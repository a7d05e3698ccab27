import type { Actor } from '../../domain/actor.ts';
import { AppError, notFound } from '../../domain/errors.ts';
import { requirePermission, requireVisibleJob, seesOwnJobsOnly } from '../../domain/policy.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import type { EventFilter } from '../../store/queries/events/event-log.ts';
import type { EventDeps } from './event-deps.ts';

/** What somebody may ask to be told of. */
export type Topic =
  | { readonly kind: 'job'; readonly id: string }
  | { readonly kind: 'profile'; readonly id: string }
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'tenant' };

/** Whether the actor is told of everything that happens in his tenant. */
export function seesWholeTenant(actor: Actor): boolean {
  return !seesOwnJobsOnly(actor) && actor.permissions.includes('system.import');
}

/** All events an actor may be told of. */
export function visibleEvents(actor: Actor): EventFilter {
  return seesWholeTenant(actor) ? { tenantId: actor.tenantId } : { tenantId: actor.tenantId, userId: actor.userId };
}

/**
 * The events of a topic, for an actor who may follow it. Throws `not_found` for what does not exist or is not his to
 * see, the two alike; `forbidden` for what no actor of his kind may follow. Ids must be uuids.
 */
export async function requireTopic(deps: EventDeps, actor: Actor, topic: Topic): Promise<EventFilter> {
  const { tenantId, userId } = actor;
  switch (topic.kind) {
    case 'job':
      await requireJob(deps, actor, topic.id);
      return { tenantId, jobId: topic.id };
    case 'profile':
      requirePermission(actor, 'system.import');
      await requireProfile(deps, actor, topic.id);
      return { tenantId, profileId: topic.id, ...(seesOwnJobsOnly(actor) ? { jobsOnlyOf: userId } : {}) };
    case 'user':
      if (topic.id !== userId) throw notFound('User');
      return { tenantId, userId };
    case 'tenant':
      if (!seesWholeTenant(actor)) throw new AppError('forbidden', 'This channel is for owners and admins.');
      return { tenantId };
  }
}

async function requireJob({ orm }: EventDeps, actor: Actor, id: string): Promise<void> {
  const job = await orm.em.fork().findOne(ImportJob, { id }, { fields: ['tenantId', 'createdById'] });
  if (!job) throw notFound('Import job');
  requireVisibleJob(actor, job);
  const own = job.createdById === actor.userId;
  if (!own && !actor.permissions.includes('system.import')) throw notFound('Import job');
}

async function requireProfile({ orm }: EventDeps, actor: Actor, id: string): Promise<void> {
  const profile = await orm.em.fork().findOne(ImportProfile, { id, tenantId: actor.tenantId }, { fields: ['id'] });
  if (!profile) throw notFound('Import profile');
}
