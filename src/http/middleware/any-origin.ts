import type { Dialect } from '../../dialects/dialect.ts';
import type { Stage } from '../../dialects/request-state.ts';

/** What a page of another origin is allowed there. No credentials: nobody is there as anybody. */
const ALLOWED = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Content-Type, X-Request-Id',
  'Access-Control-Max-Age': '86400',
};

/** Opens the paths that dialects name to pages of any origin, whatever is answered there, and nothing else. */
export function anyOrigin(dialects: readonly Dialect[]): Stage {
  const heads = dialects.flatMap(({ prefix, anyOrigin: path }) => (path === undefined ? [] : [`${prefix}${path}`]));
  return function openToAnyOrigin(ctx, next) {
    if (!heads.some((head) => ctx.path.startsWith(head))) return next();
    ctx.set(ALLOWED);
    if (ctx.method !== 'OPTIONS') return next();
    ctx.set(PREFLIGHT);
    ctx.status = 204;
    return undefined;
  };
}
