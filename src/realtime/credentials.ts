import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { SESSION_COOKIES } from '../dialects/answer.ts';

/** What a socket brought to say who it is. A token decides; the cookie counts only where there is none. */
export interface SocketCredentials {
  readonly token: string | null;
  readonly cookie: string | null;
  /** The page that opened the socket; null outside of browsers. */
  readonly origin: string | null;
}

/** The parts of a handshake in which credentials may lie. */
export interface Handshake {
  readonly query: Readonly<Record<string, unknown>>;
  /** What a Socket.IO client sends along: `{token}`, or Echo's `{headers:{Authorization}}`. */
  readonly auth: unknown;
  readonly headers: IncomingHttpHeaders;
}

const MAX_TOKEN = 8_192;

const text = z.string().min(1).max(MAX_TOKEN).nullable().catch(null);
const auth = z
  .object({ token: text, headers: z.object({ Authorization: text, authorization: text }).nullable().catch(null) })
  .catch({ token: null, headers: null });

/**
 * Looks for a token in `query.token`, `auth.token`, `auth.headers.Authorization` and the `Authorization` header, in this
 * order, then for the session cookie. A cookie travels with whatever page opens the socket, so it counts only for pages
 * of this very host.
 */
export function credentialsOf(handshake: Handshake): SocketCredentials {
  const { headers } = handshake;
  const given = auth.parse(handshake.auth ?? {});
  const origin = headers.origin ?? null;
  const token =
    text.parse(handshake.query['token']) ??
    given.token ??
    given.headers?.Authorization ??
    given.headers?.authorization ??
    text.parse(headers.authorization);
  if (token !== null) return { token: token.replace(/^Bearer\s+/iu, ''), cookie: null, origin };
  return { token: null, cookie: isOwnPage(origin, headers.host) ? sessionCookie(headers.cookie) : null, origin };
}

function isOwnPage(origin: string | null, host: string | undefined): boolean {
  if (origin === null) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function sessionCookie(header: string | undefined): string | null {
  const cookies = new Map(
    (header ?? '').split(';').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()];
    }),
  );
  for (const name of SESSION_COOKIES) {
    const value = cookies.get(name);
    if (value !== undefined && value !== '' && value.length <= MAX_TOKEN) return value;
  }
  return null;
}
