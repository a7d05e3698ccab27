import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { guarded, open } from '../../src/dialects/route.ts';
import { AppError } from '../../src/domain/errors.ts';

/** A wire language of its own, so that every form seen here is the mount's doing. */
const STATUS: Readonly<Record<string, number>> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  validation: 422,
  rate_limited: 429,
  unavailable: 503,
};

/** Resolves when the route that waits has noticed that its caller is gone. */
export const left = Promise.withResolvers<string>();
/** Resolves with the stream that never ends, when somebody reads it. */
export const streaming = Promise.withResolvers<Readable>();

/** Routes of every kind, to see what the mount makes of them. */
export const things: Dialect = {
  name: 'things',
  prefix: '/things',
  limits: {},
  presentError: (error) => ({
    status: STATUS[error.code] ?? 500,
    body: { oops: error.code, says: error.message, ...(error.code === 'validation' ? error.details : {}) },
  }),
  routes: [
    open('get', '/', { summary: 'Root.', act: () => Promise.resolve('root'), present: (at) => ({ body: { at } }) }),
    open('get', '/latest', {
      summary: 'A literal before a parameter.',
      act: () => Promise.resolve('latest'),
      present: (at) => ({ body: { at } }),
    }),
    open('get', '/:id', {
      summary: 'One thing.',
      subject: 'Thing',
      params: z.object({ id: z.uuid() }),
      query: z.object({
        deep: z.object({ name: z.string() }).optional(),
        page: z.coerce.number().int().min(1).default(1),
      }),
      act: (input) => Promise.resolve(input),
      present: (_, { params, query }) => ({ body: { params, query } }),
    }),
    open('delete', '/bulk', {
      summary: 'Takes a body with DELETE.',
      body: z.object({ ids: z.array(z.int()).min(1).max(2) }),
      act: ({ body }) => Promise.resolve(body.ids),
      present: (ids) => ({ body: { ids } }),
    }),
    open('post', '/echo', {
      summary: 'Gives back what it took.',
      bodyLimit: 2_000_000,
      body: z.record(z.string(), z.unknown()),
      act: ({ body }) => Promise.resolve(body),
      present: (body) => ({ status: 201, headers: { 'X-Keys': Object.keys(body).join() }, body }),
    }),
    open('post', '/small', {
      summary: 'Takes what is small.',
      body: z.object({ name: z.string(), port: z.int().min(1).max(65_535) }),
      act: ({ body }) => Promise.resolve(body),
      present: (body) => ({ body }),
    }),
    open('get', '/text/:kind', {
      summary: 'Answers that are no JSON.',
      act: ({ params }) => Promise.resolve((params as { kind: string }).kind),
      present: (kind) =>
        kind === 'stream'
          ? { body: Readable.from(['a,b\n', '1,2\n']), headers: { 'Content-Type': 'text/csv' } }
          : kind === 'html'
            ? { body: '<p>', headers: { 'Content-Type': 'text/html' } }
            : {},
    }),
    open('get', '/fail/:how', {
      summary: 'Fails.',
      act: ({ params }) => Promise.reject(failure((params as { how: string }).how)),
      present: () => ({}),
    }),
    open('get', '/wait/forever', {
      summary: 'Waits until its caller goes.',
      act: async ({ signal }) => {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('nobody waits any more')));
        }).catch((error: unknown) => {
          left.resolve('noticed');
          throw error;
        });
      },
      present: () => ({}),
    }),
    open('get', '/wait/stream', {
      summary: 'Streams until its caller goes.',
      act: () => {
        const stream = new Readable({ read: () => undefined });
        stream.push('first');
        streaming.resolve(stream);
        return Promise.resolve(stream);
      },
      present: (body) => ({ body }),
    }),
    guarded('get', '/secret/key', {
      summary: 'Needs a permission.',
      permission: 'system.configure',
      act: ({ actor, sessionId }) => Promise.resolve({ name: actor.name, session: sessionId !== null }),
      present: (body) => ({ body }),
    }),
    guarded('post', '/secret/key', {
      summary: 'Looks at its input last.',
      permission: 'system.configure',
      body: z.object({ name: z.string() }),
      act: () => Promise.resolve(null),
      present: () => ({ status: 204 }),
    }),
  ],
};

/** Lies below the other's prefix and is served all the same. */
export const nested: Dialect = {
  ...things,
  name: 'nested',
  prefix: '/things/nested',
  roots: ['mine'],
  routes: [
    open('get', '/mine', {
      summary: 'Nested.',
      act: () => Promise.resolve(null),
      present: () => ({ body: { nested: true } }),
    }),
  ],
};

function failure(how: string): Error {
  switch (how) {
    case 'conflict':
      return new AppError('conflict', 'Already there.');
    case 'database':
      return Object.assign(new Error('connect ECONNREFUSED postgres://user:pw@db'), { code: 'ECONNREFUSED' });
    case 'shutdown':
      return new Error('wrapped', { cause: Object.assign(new Error('terminating'), { code: '57P01' }) });
    default:
      return new TypeError('a secret detail of the inside');
  }
}
