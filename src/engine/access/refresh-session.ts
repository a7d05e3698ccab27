import { AppError } from '../../domain/errors.ts';
import { revokeSession, rotateRefreshToken } from '../../store/queries/access/sessions.ts';
import { audit } from '../audit/audit.ts';
import type { AccessDeps } from './access-deps.ts';
import { hashSecret, newSecret } from './opaque-secret.ts';

export interface RefreshedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * New tokens for a refresh token, which is good once. One that was used before can only be a copy, and nobody knows
 * whose: the whole session ends, with all that came from it. Anything that is not good is `unauthenticated`.
 */
export async function refreshSession(deps: AccessDeps, refreshToken: string): Promise<RefreshedSession> {
  const claims = await deps.tokens.readRefresh(refreshToken);
  if (claims === null) throw unknownToken();
  const { sessionId } = claims;
  const secret = newSecret();
  const rotated = await deps.orm.em.fork().transactional(async (tx) => {
    const session = await rotateRefreshToken(tx, sessionId, hashSecret(claims.secret), hashSecret(secret));
    if (session !== null) return session;
    const owner = await revokeSession(tx, sessionId, 'refresh_token_reused');
    if (owner !== null) {
      await audit(
        tx,
        owner,
        'session.revoked',
        { type: 'session', id: sessionId },
        { because: 'refresh_token_reused' },
      );
    }
    return null;
  });
  if (rotated === null) throw unknownToken();
  return {
    accessToken: await deps.tokens.signAccess({ userId: rotated.userId, sessionId }),
    refreshToken: await deps.tokens.signRefresh({ sessionId, secret }, rotated.expiresAt),
  };
}

function unknownToken(): AppError {
  return new AppError('unauthenticated', 'The refresh token is not valid.');
}
