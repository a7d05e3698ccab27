import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requireOwner } from '../../domain/policy.ts';
import { User } from '../../store/entities/user.ts';
import { countOtherOwners, lockTenant } from '../../store/queries/access/users.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { lastOwner } from './update-user.ts';

/**
 * Removes a user of the actor's tenant with his sessions and tokens; what he imported stays. Owners only; `not_found`
 * for a user of another tenant, `conflict` for the last owner.
 */
export async function deleteUser(deps: StoreDeps, actor: Actor, input: { readonly id: string }): Promise<void> {
  requireOwner(actor);
  await deps.orm.em.fork().transactional(async (tx) => {
    await lockTenant(tx, actor.tenantId);
    const user = await tx.findOne(User, { id: input.id, tenantId: actor.tenantId });
    if (user === null) throw notFound('User');
    if (user.role === 'owner' && (await countOtherOwners(tx, actor.tenantId, user.id)) === 0) throw lastOwner();
    await tx.remove(user).flush();
    const { id, email, role } = user;
    await audit(tx, actor, 'user.deleted', { type: 'user', id }, { email, role });
  });
}
