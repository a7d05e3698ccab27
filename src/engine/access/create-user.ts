import type { Actor } from '../../domain/actor.ts';
import { requireOwner } from '../../domain/policy.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { insertUser } from './new-user.ts';
import type { NewUser } from './new-user.ts';
import { viewUser } from './user-view.ts';
import type { UserView } from './user-view.ts';

export type CreateUserInput = Omit<NewUser, 'tenantId' | 'superAdmin'>;

/** Makes a user in the actor's tenant. Owners only; a taken e-mail is `validation`. */
export async function createUser(deps: StoreDeps, actor: Actor, input: CreateUserInput): Promise<UserView> {
  requireOwner(actor);
  return deps.orm.em.fork().transactional(async (tx) => {
    const user = await insertUser(tx, { ...input, tenantId: actor.tenantId });
    const { id, email, role, permissions } = user;
    await audit(tx, actor, 'user.created', { type: 'user', id }, { email, role, permissions });
    return viewUser(user);
  });
}
