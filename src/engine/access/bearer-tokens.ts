import { SignJWT, errors, jwtVerify } from 'jose';
import { hkdfSync } from 'node:crypto';
import { z } from 'zod';

const ISSUER = 'lading';
const ALGORITHM = 'HS256';

/** Seconds an access token is good for; a revoked session ends it at once all the same. */
const ACCESS_TOKEN_SECONDS = 15 * 60;

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
}

export interface RefreshClaims {
  readonly sessionId: string;
  /** Its hash is what the session stores. */
  readonly secret: string;
}

/** Signs and reads the tokens of a login; each kind has its own key, so that one cannot pass for the other. */
export interface BearerTokens {
  signAccess(claims: AccessClaims): Promise<string>;
  /** Null for whatever is not an access token of ours that is good now. */
  readAccess(token: string): Promise<AccessClaims | null>;
  signRefresh(claims: RefreshClaims, expiresAt: Date): Promise<string>;
  /** Null for whatever is not a refresh token of ours that is good now. */
  readRefresh(token: string): Promise<RefreshClaims | null>;
}

const accessClaims = z
  .object({ sub: z.uuid(), sid: z.uuid() })
  .transform(({ sub, sid }): AccessClaims => ({ userId: sub, sessionId: sid }));

const refreshClaims = z
  .object({ sid: z.uuid(), jti: z.string() })
  .transform(({ sid, jti }): RefreshClaims => ({ sessionId: sid, secret: jti }));

/** Tokens signed with keys derived from the installation's secret key. */
export function createBearerTokens(secretKey: string): BearerTokens {
  const accessKey = derive(secretKey, 'access token');
  const refreshKey = derive(secretKey, 'refresh token');
  return {
    signAccess: ({ userId, sessionId }) =>
      new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
        .sign(accessKey),
    readAccess: (token) => read(token, accessKey, accessClaims),
    signRefresh: ({ sessionId, secret }, expiresAt) =>
      new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setJti(secret)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(refreshKey),
    readRefresh: (token) => read(token, refreshKey, refreshClaims),
  };
}

function derive(secretKey: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secretKey, '', `lading ${purpose}`, 32));
}

async function read<T>(token: string, key: Uint8Array, claims: z.ZodType<T>): Promise<T | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      requiredClaims: ['exp'],
    });
    return claims.safeParse(payload).data ?? null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
