import { SESSION_COOKIES } from '../../dialects/answer.ts';
import type { Route } from '../../dialects/dialect.ts';
import type { RequestContext, Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import type { Credentials, Identity } from '../../engine/access/identity.ts';
import { mayActByCookie } from './same-origin.ts';

/** Who somebody is by what he brought, or null. */
export type Authenticate = (credentials: Credentials) => Promise<Identity | null>;

const BEARER = /^Bearer +([\w.~+/=-]+) *$/iu;

/**
 * Finds out who asks and whether he may use the route. An open route takes anybody, and knows whoever has brought
 * something good.
 */
export function authentication(route: Route, authenticate: Authenticate): Stage {
  return async function authenticateCaller(ctx, next) {
    const credentials = credentialsOf(ctx);
    const byCookieAlone = credentials.bearer === null && credentials.cookie !== null;
    const ours = !byCookieAlone || mayActByCookie(ctx);
    if (route.open) {
      ctx.state.identity = ours ? await authenticate(credentials) : null;
      return next();
    }
    const identity = await authenticate(credentials);
    if (identity === null) throw new AppError('unauthenticated', 'Unauthenticated.');
    ctx.state.identity = identity;
    if (!ours) throw new AppError('forbidden', 'With a session cookie alone only pages of this origin may do this.');
    route.authorise(identity.actor);
    return next();
  };
}

/** What a request brings; an Authorization header that is no bearer token brings nothing, whatever the cookie says. */
export function credentialsOf(ctx: RequestContext): Credentials {
  const authorization = ctx.get('Authorization');
  if (authorization !== '') return { bearer: BEARER.exec(authorization)?.[1] ?? '', cookie: null };
  const cookie = SESSION_COOKIES.map((name) => ctx.cookies.get(name)).find((value) => value !== undefined);
  return { bearer: null, cookie: cookie ?? null };
}
