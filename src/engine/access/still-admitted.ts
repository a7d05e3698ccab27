import type { Actor } from '../../domain/actor.ts';
import { sameRights } from '../../domain/policy.ts';
import { identityOfApiTokenId, identityOfSession } from '../../store/queries/access/identities.ts';
import type { EngineDeps } from '../deps.ts';
import { actorOf } from './identity.ts';
import type { Admission } from './identity.ts';

/**
 * Whether somebody who was let in some time ago may still be here, as what he was then: his login or his token is
 * neither revoked nor past its time, and his rights have not changed.
 */
export async function stillAdmitted(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  { sessionId, tokenId }: Admission,
): Promise<boolean> {
  const em = orm.em.fork();
  if (tokenId !== null) {
    const row = await identityOfApiTokenId(em, tokenId);
    return row !== null && sameRights(actorOf(row, row.token_permissions), actor);
  }
  if (sessionId === null) return false;
  const row = await identityOfSession(em, sessionId, actor.userId);
  return row !== null && sameRights(actorOf(row, null), actor);
}
