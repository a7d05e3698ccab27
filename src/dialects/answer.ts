import { Readable } from 'node:stream';
import type { SessionCookie, Wire } from './dialect.ts';
import type { RequestContext } from './request-state.ts';

/** The cookie a login sets. */
const SESSION_COOKIE = 'lading_session';

/** Names under which a session cookie is taken. */
export const SESSION_COOKIES: readonly string[] = [SESSION_COOKIE, 'laravel_session'];

/** The status of an answer: what it says, else 204 without a body and 200 with one. */
export function statusOf({ status, body }: Wire): number {
  return status ?? (body === undefined || body === null ? 204 : 200);
}

/** Puts an answer on the wire. The only place that does. */
export function writeWire(ctx: RequestContext, wire: Wire): void {
  const { body } = wire;
  const text = typeof body === 'object' && body !== null && !(body instanceof Readable) ? JSON.stringify(body) : body;
  ctx.status = statusOf(wire);
  // Answers are somebody's own: nothing on the way may keep them.
  ctx.set('Cache-Control', 'no-store');
  if (text !== body) ctx.type = 'application/json; charset=utf-8';
  if (wire.headers !== undefined) ctx.set({ ...wire.headers });
  if (wire.session !== undefined) setSessionCookie(ctx, wire.session);
  ctx.body = text ?? (ctx.status === 204 ? null : '');
}

function setSessionCookie(ctx: RequestContext, session: SessionCookie | null): void {
  // A proxy that ends TLS says so; who says it without one only makes his own cookie stricter.
  const secure = ctx.secure || /^https\b/u.test(ctx.get('X-Forwarded-Proto'));
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  if (session === null) {
    const past = new Date(0).toUTCString();
    for (const name of SESSION_COOKIES) ctx.append('Set-Cookie', `${name}=; Expires=${past}; ${attributes}`);
    return;
  }
  const expires = session.expiresAt.toUTCString();
  ctx.append('Set-Cookie', `${SESSION_COOKIE}=${session.token}; Expires=${expires}; ${attributes}`);
}
