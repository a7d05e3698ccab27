import { Router } from '@koa/router';
import type { RouterContext } from '@koa/router';
import { AppError, notFound } from '../domain/errors.ts';
import { parseWhole } from './all-mistakes.ts';
import { writeWire } from './answer.ts';
import type { AnyRequest, Dialect, Route, Wire } from './dialect.ts';
import { asAppError, wireOfError } from './failures.ts';
import type { ParsedInput } from './parse-input.ts';
import type { RequestContext, RequestState, Stage } from './request-state.ts';

/** What stands around the routes of every dialect alike. */
export interface Surroundings {
  /** What a request passes before its input is parsed, in order: who asks, how often, what he sent. */
  readonly stages: (dialect: Dialect, route: Route) => readonly Stage[];
  /** Lets the route act, or gives an answer in its place; `act` never throws what the caller is to be told. */
  readonly acting: (ctx: RequestContext, route: Route, act: () => Promise<Wire>) => Promise<Wire>;
  /** Told of every failure that is ours, with its cause. */
  readonly report: (ctx: RequestContext, error: AppError) => void;
}

/**
 * Serves dialects, each below its prefix; a path goes to the longest prefix that fits, and on to `next` when none does.
 * What is thrown on the way is answered in the dialect's own form.
 */
export function mountDialects(dialects: readonly Dialect[], surroundings: Surroundings): Stage {
  const mounted = dialects
    .map((dialect) => ({ dialect, serve: serveDialect(dialect, surroundings) }))
    .toSorted((a, b) => b.dialect.prefix.length - a.dialect.prefix.length);
  return (ctx, next) => {
    const found = mounted.find(({ dialect }) => owns(dialect, ctx.path));
    return found === undefined ? next() : found.serve(ctx, next);
  };
}

function owns({ prefix, roots }: Dialect, path: string): boolean {
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
  return roots === undefined || roots.includes(path.slice(prefix.length + 1).split('/', 1)[0] ?? '');
}

function serveDialect(dialect: Dialect, surroundings: Surroundings): Stage {
  const router = new Router<RequestState>({ prefix: dialect.prefix });
  for (const route of dialect.routes) {
    refuseShadowed(router, dialect, route);
    const stages = surroundings.stages(dialect, route);
    const named: Stage = (ctx, next) => {
      ctx.state.endpoint = `${dialect.prefix}${route.path}`;
      return next();
    };
    for (const path of spellings(route.path)) {
      router[route.method](path, named, ...stages, (ctx) => serveRoute(dialect, route, surroundings, ctx));
    }
  }
  const dispatch = router.routes();
  return async (ctx) => {
    try {
      // The router itself adds what makes this a context of a router.
      await dispatch(ctx as RouterContext<RequestState>, () => Promise.reject(unrouted(router, ctx)));
    } catch (thrown) {
      const error = asAppError(thrown);
      if (isOurs(error)) surroundings.report(ctx, error);
      writeWire(ctx, wireOfError(dialect, error));
    }
  };
}

/** A slash at the end may be left out; where the path has none the router lets one be added. */
function spellings(path: string): string[] {
  return path.length > 1 && path.endsWith('/') ? [path, path.slice(0, -1)] : [path];
}

async function serveRoute(
  dialect: Dialect,
  route: Route,
  surroundings: Surroundings,
  ctx: RouterContext<RequestState>,
): Promise<void> {
  const { state } = ctx;
  const asRequest = (input: ParsedInput): AnyRequest => ({
    ...input,
    actor: state.identity?.actor ?? null,
    sessionId: state.identity?.sessionId ?? null,
    tokenId: state.identity?.tokenId ?? null,
    requestId: state.requestId,
    address: state.address,
    // Koa believes `X-Forwarded-Proto` only when there is a proxy that is trusted.
    origin: `${ctx.secure ? 'https' : 'http'}://${ctx.get('host')}`,
    header: (name) => ctx.get(name) || null,
    bytes: () => bytesOf(state),
    signal: state.signal,
  });
  const raw = { params: ctx.params, queryString: ctx.querystring, json: state.json };
  const request = asRequest(await parseWhole(route, raw, asRequest));
  const act = async (): Promise<Wire> => {
    try {
      return await route.answer(request);
    } catch (thrown) {
      const error = asAppError(thrown);
      if (isOurs(error)) throw error;
      return wireOfError(dialect, error);
    }
  };
  writeWire(ctx, await surroundings.acting(ctx, route, act));
}

function bytesOf({ bytes }: RequestState): AsyncIterable<Uint8Array> {
  if (bytes === undefined) throw new Error('the route does not say that it streams its body');
  return bytes;
}

/** A route that an earlier one answers for would never be reached: that is found when the app is made. */
function refuseShadowed(router: Router<RequestState>, dialect: Dialect, route: Route): void {
  const example = `${dialect.prefix}${route.path.replaceAll(/:\w+/gu, '0')}`;
  const [earlier] = router.match(example, route.method.toUpperCase()).pathAndMethod;
  if (earlier === undefined) return;
  throw new Error(`${route.method} ${route.path} of ${dialect.name} lies behind ${String(earlier.path)}`);
}

function unrouted(router: Router<RequestState>, ctx: RequestContext): AppError {
  const methods = new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods));
  if (methods.size === 0) return notFound('Resource');
  return new AppError('method_not_allowed', `The ${ctx.method} method is not allowed here.`, {
    details: { allow: [...methods].join(', ') },
  });
}

/** Whether an error is no fault of the caller and somebody should look at it. */
function isOurs({ code }: AppError): boolean {
  return code === 'internal' || code === 'unavailable';
}
