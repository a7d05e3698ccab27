import type { Actor } from '../../domain/actor.ts';
import { requireOwner } from '../../domain/policy.ts';
import { pageOfUsers } from '../../store/queries/access/users.ts';
import type { StoreDeps } from './access-deps.ts';
import { viewUser } from './user-view.ts';
import type { UserView } from './user-view.ts';

/** Which part of a list is asked for. */
export interface PageOf {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

export interface UserList {
  readonly users: readonly UserView[];
  readonly total: number;
}

/** The users of the actor's tenant, in the order they were made; `search` looks into names and e-mails. Owners only. */
export async function listUsers(
  deps: StoreDeps,
  actor: Actor,
  input: PageOf & { readonly search: string | null },
): Promise<UserList> {
  requireOwner(actor);
  const { users, total } = await pageOfUsers(deps.orm.em.fork(), actor.tenantId, {
    limit: input.perPage,
    offset: (input.page - 1) * input.perPage,
    search: input.search,
  });
  return { users: users.map(viewUser), total };
}
