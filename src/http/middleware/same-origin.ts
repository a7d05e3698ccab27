import type { RequestContext } from '../../dialects/request-state.ts';

const HARMLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that carries nothing but a cookie may be answered for its user: when it changes nothing, or when
 * the browser says that a page of our own sent it. A browser adds the cookie whoever made it send the request.
 */
export function mayActByCookie(ctx: RequestContext): boolean {
  if (HARMLESS.has(ctx.method)) return true;
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin') || ctx.get('Referer');
  const proofs = [
    ...(site === '' ? [] : [site === 'same-origin']),
    ...(origin === '' ? [] : [hostOf(origin) === ctx.host.toLowerCase()]),
  ];
  return proofs.length > 0 && proofs.every(Boolean);
}

/** The host and port of an address; null for what is none, such as the `null` of a sandboxed page. */
function hostOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).host : null;
}
