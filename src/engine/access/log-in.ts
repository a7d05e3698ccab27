import { randomUUIDv7 } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { Session } from '../../store/entities/session.ts';
import { forgetOldSessions } from '../../store/queries/access/sessions.ts';
import { findUserByEmail } from '../../store/queries/access/users.ts';
import { audit } from '../audit/audit.ts';
import type { AccessDeps } from './access-deps.ts';
import { hashSecret, newSecret } from './opaque-secret.ts';
import { passwordFits } from './passwords.ts';

/** Days after which a session ends and its user logs in again. */
const SESSION_DAYS = 30;

export interface LoginInput {
  readonly email: string;
  readonly password: string;
  /** The caller's network address. */
  readonly address: string;
}

/** What a login gives. */
export interface OpenedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** What the browser's cookie holds; it is good until the session ends. */
  readonly cookie: string;
  readonly expiresAt: Date;
}

/**
 * Opens a session for whoever knows a user's password. A wrong password and an e-mail nobody has are the same
 * `unauthenticated`, after the same work; too many attempts are `rate_limited`.
 */
export async function logIn(deps: AccessDeps, input: LoginInput): Promise<OpenedSession> {
  await deps.loginLimits.attempt(input.email, input.address);
  const em = deps.orm.em.fork();
  const user = await findUserByEmail(em, input.email);
  const fits = await passwordFits(user?.passwordHash ?? null, input.password);
  if (user === null || !fits) throw new AppError('unauthenticated', 'These credentials do not match our records.');
  await deps.loginLimits.succeeded(input.email, input.address);

  const sessionId = randomUUIDv7();
  const cookie = newSecret();
  const refresh = newSecret();
  const expiresAt = new Date(Date.now() + SESSION_DAYS * 86_400_000);
  await em.transactional(async (tx) => {
    await forgetOldSessions(tx, user.id);
    const hashes = { secretHash: hashSecret(cookie), refreshHash: hashSecret(refresh) };
    tx.create(Session, { id: sessionId, userId: user.id, ...hashes, expiresAt });
    const actor = { userId: user.id, email: user.email, tenantId: user.tenantId };
    await audit(tx, actor, 'session.opened', { type: 'session', id: sessionId }, { address: input.address });
  });
  return {
    accessToken: await deps.tokens.signAccess({ userId: user.id, sessionId }),
    refreshToken: await deps.tokens.signRefresh({ sessionId, secret: refresh }, expiresAt),
    cookie,
    expiresAt,
  };
}
