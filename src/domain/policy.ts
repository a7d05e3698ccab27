import type { Actor, Permission } from './actor.ts';
import { AppError, notFound } from './errors.ts';

/** Throws `forbidden` unless the actor has the permission. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (!actor.permissions.includes(permission)) {
    throw new AppError('forbidden', `This action needs the permission ${permission}.`, {
      details: { permission },
    });
  }
}

/** Throws `forbidden` unless the actor manages the users of his tenant. */
export function requireOwner(actor: Actor): void {
  requireFullRights(actor);
  if (actor.role !== 'owner') throw new AppError('forbidden', 'Only an owner may do this.');
}

/** Throws `forbidden` unless the actor may make tenants. */
export function requireSuperAdmin(actor: Actor): void {
  requireFullRights(actor);
  if (!actor.superAdmin) throw new AppError('forbidden', 'Only a super admin may do this.');
}

/** Throws `forbidden` for an API token that holds less than its user: it could else make itself one that holds more. */
export function requireFullRights(actor: Actor): void {
  if (actor.restricted === true) {
    throw new AppError('forbidden', 'An API token with limited permissions may not do this.');
  }
}

/** Whether the actor sees only the jobs he started himself. */
export function seesOwnJobsOnly(actor: Actor): boolean {
  return actor.role === 'agent';
}

/** Throws `not_found` unless the thing belongs to the actor's tenant and, for an agent, to himself. */
export function requireVisibleJob(
  actor: Actor,
  job: { tenantId: string; createdById?: string | null | undefined },
  subject = 'Import job',
): void {
  const foreign = job.tenantId !== actor.tenantId;
  if (foreign || (seesOwnJobsOnly(actor) && job.createdById !== actor.userId)) throw notFound(subject);
}

/** Whether two are the same user with the same rights, as whoever stays for long is asked now and then. */
export function sameRights(a: Actor, b: Actor): boolean {
  return rightsOf(a) === rightsOf(b);
}

function rightsOf({ userId, tenantId, role, permissions }: Actor): string {
  return JSON.stringify([userId, tenantId, role, permissions.toSorted()]);
}
