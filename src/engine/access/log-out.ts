import { revokeSession } from '../../store/queries/access/sessions.ts';
import { audit } from '../audit/audit.ts';
import type { AccessDeps } from './access-deps.ts';

export interface LogoutInput {
  /** The session that brought the caller here, or null. */
  readonly sessionId: string | null;
  /** A refresh token of the session to end, for a caller whose access token has run out. */
  readonly refreshToken: string | null;
}

/** Ends the sessions the caller holds something of; says whether there was any. Ending one twice does no harm. */
export async function logOut(deps: AccessDeps, input: LogoutInput): Promise<boolean> {
  const claims = input.refreshToken === null ? null : await deps.tokens.readRefresh(input.refreshToken);
  const named = new Set([input.sessionId, claims?.sessionId ?? null].filter((id) => id !== null));
  return deps.orm.em.fork().transactional(async (tx) => {
    let ended = false;
    for (const sessionId of named) {
      const owner = await revokeSession(tx, sessionId, 'logout');
      if (owner === null) continue;
      ended = true;
      await audit(tx, owner, 'session.revoked', { type: 'session', id: sessionId }, { because: 'logout' });
    }
    return ended;
  });
}
