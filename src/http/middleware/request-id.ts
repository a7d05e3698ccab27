import { randomUUID } from 'node:crypto';
import type { Stage } from '../../dialects/request-state.ts';
import { inRequest } from '../../platform/request-context.ts';

/** What a caller may give as an id: enough for every tracing system, and nothing that could forge a log line. */
const GIVEN = /^[\w.:/+=-]{1,128}$/u;

/**
 * Gives the request its id, the caller's when that is fit, and answers with it; everything the request awaits runs
 * under it. Sets up the rest of what is known of a request, too.
 */
export const requestId: Stage = function requestId(ctx, next) {
  const given = ctx.get('X-Request-Id');
  const id = GIVEN.test(given) ? given : randomUUID();
  ctx.set('X-Request-Id', id);

  const gone = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) gone.abort();
  });
  Object.assign(ctx.state, {
    requestId: id,
    address: ctx.ip,
    signal: gone.signal,
    endpoint: null,
    identity: null,
    json: undefined,
  });
  return inRequest(id, next);
};
