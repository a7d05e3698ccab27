import type { EntityManager } from '@mikro-orm/postgresql';
import type { RevocationReason } from '../../entities/session.ts';
import { Session } from '../../entities/session.ts';

/**
 * Replaces a living session's refresh token. Returns the session's user and its end, or null when the old token is not
 * the one that is good now; of two calls with the same one, only one succeeds.
 */
export async function rotateRefreshToken(
  em: EntityManager,
  sessionId: string,
  oldHash: Buffer,
  newHash: Buffer,
): Promise<{ userId: string; expiresAt: Date } | null> {
  const rows: { user_id: string; expires_at: string | Date }[] = await em.execute(
    `update "sessions" set "refresh_hash" = ?, "refreshed_at" = now()
     where "id" = ?::uuid and "refresh_hash" = ? and "revoked_at" is null and "expires_at" > now()
     returning "user_id", "expires_at"`,
    [newHash, sessionId, oldHash],
  );
  const [row] = rows;
  return row === undefined ? null : { userId: row.user_id, expiresAt: new Date(row.expires_at) };
}

/** Whose a session was. */
export interface SessionOwner {
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
}

/** Ends a session; says whose it was, or null when it was not alive. */
export async function revokeSession(
  em: EntityManager,
  sessionId: string,
  because: RevocationReason,
): Promise<SessionOwner | null> {
  const rows: { id: string; email: string; tenant_id: string }[] = await em.execute(
    `update "sessions" s set "revoked_at" = now(), "revoked_because" = ? from "users" u
     where s."id" = ?::uuid and s."revoked_at" is null and s."expires_at" > now() and u."id" = s."user_id"
     returning u."id", u."email", u."tenant_id"`,
    [because, sessionId],
  );
  const [owner] = rows;
  return owner === undefined ? null : { userId: owner.id, email: owner.email, tenantId: owner.tenant_id };
}

/** Ends all sessions of a user but one. */
export async function revokeOtherSessions(
  em: EntityManager,
  userId: string,
  keptSessionId: string | null,
  because: RevocationReason,
): Promise<void> {
  await em.nativeUpdate(
    Session,
    { userId, revokedAt: null, ...(keptSessionId === null ? {} : { id: { $ne: keptSessionId } }) },
    { revokedAt: new Date(), revokedBecause: because },
  );
}

/** Forgets what a user's sessions were that ended more than a month ago. */
export async function forgetOldSessions(em: EntityManager, userId: string): Promise<void> {
  await em.execute(
    `delete from "sessions" where "user_id" = ?::uuid
       and coalesce("revoked_at", "expires_at") < now() - interval '30 days'`,
    [userId],
    'run',
  );
}
