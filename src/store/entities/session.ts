import { defineEntity, p } from '@mikro-orm/postgresql';

/** Why a session ended before its time. */
export type RevocationReason = 'logout' | 'refresh_token_reused' | 'password_changed';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** SHA-256 of what the browser's cookie holds. */
    secretHash: p.blob(),
    /** SHA-256 of the one refresh token that is good now; every refresh replaces it. */
    refreshHash: p.blob(),
    createdAt: p.datetime().defaultRaw('now()'),
    refreshedAt: p.datetime().nullable(),
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
    revokedBecause: p.text().$type<RevocationReason>().nullable(),
  },
});

/** One login: the family of all access and refresh tokens that came from it, and its cookie. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
