import type { RequestContext, Stage } from '../../dialects/request-state.ts';
import type { Logger } from '../../platform/logger.ts';

/** Paths that are asked every few seconds by machines and say nothing when all is well. */
const QUIET = /^\/(?:health\/|metrics$)/u;

/** What nginx answers to nobody: the caller was gone before his answer was. */
const CLIENT_GONE = 499;

/** Told of each request when its answer has left or its caller has. */
export type RequestEnd = (ctx: RequestContext, status: number, seconds: number) => void;

/** Calls back at the end of each request, streamed answers included. */
export function atRequestEnd(ended: RequestEnd): Stage {
  return function measureRequest(ctx, next) {
    const started = performance.now();
    ctx.res.once('close', () => {
      const status = ctx.res.writableFinished ? ctx.res.statusCode : CLIENT_GONE;
      ended(ctx, status, (performance.now() - started) / 1000);
    });
    return next();
  };
}

/** One line a request: who asked for what and what he got. Never the query string, which may carry a token. */
export function accessLog(logger: Logger): Stage {
  return atRequestEnd((ctx, status, seconds) => {
    const { requestId, address, endpoint, identity } = ctx.state;
    const line = {
      requestId,
      method: ctx.method,
      path: ctx.path,
      endpoint,
      status,
      ms: Math.round(seconds * 1000),
      bytes: ctx.response.length ?? null,
      address,
      user: identity?.actor.userId ?? null,
      tenant: identity?.actor.tenantId ?? null,
    };
    if (QUIET.test(ctx.path) && status < 400) logger.debug(line, 'request');
    else logger.info(line, 'request');
  });
}
