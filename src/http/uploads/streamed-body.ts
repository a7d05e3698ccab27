import type { Route } from '../../dialects/dialect.ts';
import type { Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import { watched } from '../../platform/watched.ts';
import { drain } from './drain.ts';

const JSON_TYPES = ['application/json', '+json'];
/** Milliseconds in which the caller has to send something. */
const STALL_MS = 60_000;

/** Gives a route that reads its body itself the bytes as they come; what it leaves unread is taken in and dropped. */
export function streamedBody(route: Route): Stage | null {
  if (route.stream === undefined) return null;
  const { json, maxBytes = Number.POSITIVE_INFINITY } = route.stream;
  return async function passBodyOn(ctx, next) {
    const { req } = ctx;
    try {
      if (json !== undefined && ctx.is(JSON_TYPES) === false) {
        throw new AppError('bad_request', 'The request body must be JSON (Content-Type: application/json).');
      }
      // The connection has to outlive what is wrong with the body: it carries the answer.
      const chunks = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const { signal } = ctx.state;
      ctx.state.bytes = upTo(maxBytes, watched(chunks, { signal, stallMs: STALL_MS, onStall: stalled }));
      await next();
    } finally {
      drain(req);
    }
  };
}

async function* upTo(maxBytes: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new AppError('too_large', `The request body must not be larger than ${maxBytes} bytes.`);
    }
    yield chunk;
  }
}

function stalled(): AppError {
  return new AppError('bad_request', 'The upload has stood still for too long.');
}
