import { identityOfApiToken, identityOfCookie, identityOfSession } from '../../store/queries/access/identities.ts';
import type { AccessDeps } from './access-deps.ts';
import { actorOf } from './identity.ts';
import type { Credentials, Identity } from './identity.ts';
import { hashSecret } from './opaque-secret.ts';

/** What every API token begins with. */
export const API_TOKEN_PREFIX = 'lading_';

/**
 * Who somebody is, by an access token, an API token or the session cookie; null when what he brought is not good, or
 * not any more. The store is asked each time, so what was revoked is refused at once.
 */
export async function authenticate(deps: AccessDeps, credentials: Credentials): Promise<Identity | null> {
  const { bearer, cookie } = credentials;
  if (bearer !== null) {
    return bearer.startsWith(API_TOKEN_PREFIX) ? byApiToken(deps, bearer) : byAccessToken(deps, bearer);
  }
  return cookie === null ? null : byCookie(deps, cookie);
}

async function byAccessToken(deps: AccessDeps, token: string): Promise<Identity | null> {
  const claims = await deps.tokens.readAccess(token);
  if (claims === null) return null;
  const row = await identityOfSession(deps.orm.em.fork(), claims.sessionId, claims.userId);
  return row === null ? null : { actor: actorOf(row, null), sessionId: claims.sessionId, tokenId: null };
}

async function byApiToken(deps: AccessDeps, token: string): Promise<Identity | null> {
  const row = await identityOfApiToken(deps.orm.em.fork(), hashSecret(token));
  return row === null ? null : { actor: actorOf(row, row.token_permissions), sessionId: null, tokenId: row.token_id };
}

async function byCookie(deps: AccessDeps, secret: string): Promise<Identity | null> {
  const row = await identityOfCookie(deps.orm.em.fork(), hashSecret(secret));
  return row === null ? null : { actor: actorOf(row, null), sessionId: row.session_id, tokenId: null };
}
