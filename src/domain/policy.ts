import type { Actor, Permission } from './actor.ts';
import { AppError, notFound } from './errors.ts';

/** Throws `forbidden` unless the actor has the permission. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (!actor.permissions.includes(permission)) {
    throw new AppError('forbidden', `This action needs the permission ${permission}.`, { details: { permission } });
  }
}

/** Whether the actor sees only the jobs he started himself. */
export function seesOwnJobsOnly(actor: Actor): boolean {
  return actor.role === 'agent';
}

/** Throws `not_found` unless the thing belongs to the actor's tenant and, for an agent, to himself. */
export function requireVisibleJob(actor: Actor, job: { tenantId: string; createdById: string | null }): void {
  const foreign = job.tenantId !== actor.tenantId;
  if (foreign || (seesOwnJobsOnly(actor) && job.createdById !== actor.userId)) throw notFound('Import job');
}
