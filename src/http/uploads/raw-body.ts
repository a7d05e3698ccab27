import type { Route } from '../../dialects/dialect.ts';
import type { Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import { watched } from '../../platform/watched.ts';
import { drain } from './drain.ts';

/** Milliseconds in which the sender has to send something. */
const STALL_MS = 60_000;

/** Hands the body of a route that takes bytes on as it comes. What the route leaves unread is taken in and thrown away. */
export function rawBody(route: Route): Stage | null {
  if (!route.takesBytes) return null;
  return async function handOnBody(ctx, next) {
    // The connection has to outlive what is wrong with the body: it carries the answer.
    const chunks = ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const { signal } = ctx.state;
    ctx.state.bytes = watched(chunks, { signal, stallMs: STALL_MS, onStall: stalled });
    try {
      await next();
    } finally {
      drain(ctx.req);
    }
  };
}

function stalled(): AppError {
  return new AppError('bad_request', 'The upload has stood still for too long.');
}
