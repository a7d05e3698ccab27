import type { Actor, Permission, Role } from '../../domain/actor.ts';
import { AppError, notFound } from '../../domain/errors.ts';
import { requireOwner } from '../../domain/policy.ts';
import { User } from '../../store/entities/user.ts';
import { revokeOtherSessions } from '../../store/queries/access/sessions.ts';
import { countOtherOwners, lockTenant } from '../../store/queries/access/users.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { flushUsers } from './new-user.ts';
import { hashPassword } from './passwords.ts';
import { viewUser } from './user-view.ts';
import type { UserView } from './user-view.ts';

/** What is to change; what is left out stays as it is. */
export interface UpdateUserInput {
  readonly id: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly role?: Role | undefined;
  /** Null for what the role has by default. */
  readonly permissions?: readonly Permission[] | null | undefined;
  /** The actor's own session, which a new password of his leaves alive. */
  readonly sessionId: string | null;
}

/**
 * Changes a user of the actor's tenant. A new password ends his sessions. Owners only; `not_found` for a user of
 * another tenant, `conflict` when the tenant would have no owner left.
 */
export async function updateUser(deps: StoreDeps, actor: Actor, input: UpdateUserInput): Promise<UserView> {
  requireOwner(actor);
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  return deps.orm.em.fork().transactional(async (tx) => {
    await lockTenant(tx, actor.tenantId);
    const user = await tx.findOne(User, { id: input.id, tenantId: actor.tenantId });
    if (user === null) throw notFound('User');
    if (input.role !== undefined && input.role !== 'owner' && user.role === 'owner') {
      if ((await countOtherOwners(tx, actor.tenantId, user.id)) === 0) throw lastOwner();
    }
    const changed = apply(user, input);
    if (passwordHash !== null) {
      user.passwordHash = passwordHash;
      await revokeOtherSessions(tx, user.id, user.id === actor.userId ? input.sessionId : null, 'password_changed');
    }
    user.updatedAt = new Date();
    await flushUsers(tx);
    const facts = { ...changed, ...(passwordHash === null ? {} : { credentials: 'changed' }) };
    await audit(tx, actor, 'user.updated', { type: 'user', id: user.id }, facts);
    return viewUser(user);
  });
}

/** The error of a change that would leave a tenant without an owner. */
export function lastOwner(): AppError {
  return new AppError('conflict', 'The last owner of a tenant can neither be removed nor lose the role.');
}

/** Puts the given values into the user and returns them. */
function apply(user: User, input: UpdateUserInput): Readonly<Record<string, unknown>> {
  const { name, email, role, permissions } = input;
  if (name !== undefined) user.name = name;
  if (email !== undefined) user.email = email;
  if (role !== undefined) user.role = role;
  if (permissions !== undefined) user.permissions = permissions === null ? null : [...permissions];
  return Object.fromEntries(
    Object.entries({ name, email, role, permissions }).filter(([, value]) => value !== undefined),
  );
}
