import { HttpMethodEnum, koaBody } from 'koa-body';
import type { Route } from '../../dialects/dialect.ts';
import type { RequestContext, Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import { parseJson } from './parse-json.ts';

/** Bytes of a JSON body where the route says nothing else. */
const DEFAULT_LIMIT = 1_048_576;
/** A body that has not come by then does not come. */
const BODY_MS = 300_000;

const JSON_TYPES = ['application/json', '+json'];

/**
 * Reads the body of a route that takes one, whatever its method, as JSON. It is read as text first: koa-body's own JSON
 * knows no depth and refuses `__proto__`, which is a name like any other in somebody's data.
 */
export function jsonBody(route: Route): Stage | null {
  if (route.body === undefined) return null;
  const limit = route.bodyLimit ?? DEFAULT_LIMIT;
  const read = koaBody({
    json: false,
    urlencoded: false,
    multipart: false,
    textTypes: JSON_TYPES,
    textLimit: limit,
    parsedMethods: [HttpMethodEnum.POST, HttpMethodEnum.PUT, HttpMethodEnum.PATCH, HttpMethodEnum.DELETE],
    onError: (error) => {
      throw unreadable(error, limit);
    },
  });
  return async function readJsonBody(ctx, next) {
    // A form has been read already.
    if (ctx.state.json !== undefined) return next();
    if (hasBody(ctx) && ctx.is(JSON_TYPES) === false) {
      // What is no form holds no file, and the route says so in its own words.
      if (route.upload !== undefined) return next();
      throw new AppError('bad_request', 'The request body must be JSON (Content-Type: application/json).');
    }
    const late = setTimeout(() => ctx.req.destroy(), BODY_MS);
    try {
      await read(ctx, () => Promise.resolve());
    } finally {
      clearTimeout(late);
    }
    const text: unknown = ctx.request.body;
    const json = typeof text === 'string' ? parseJson(text) : undefined;
    ctx.state.json = route.upload === undefined ? json : withoutFile(json);
    return next();
  };
}

/** Only a form brings a file: what JSON calls so would be taken for one that lies in storage already. */
function withoutFile(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('file' in body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'file'));
}

function hasBody(ctx: RequestContext): boolean {
  return ctx.get('Transfer-Encoding') !== '' || Number(ctx.get('Content-Length')) > 0;
}

function unreadable(error: Error, limit: number): AppError {
  const status = 'status' in error ? error.status : null;
  if (status === 413) return new AppError('too_large', `The request body must not be larger than ${limit} bytes.`);
  return new AppError('bad_request', 'The request body could not be read.', { cause: error });
}
