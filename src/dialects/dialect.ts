import type { z } from 'zod';
import type { Actor, Permission } from '../domain/actor.ts';
import type { AppError } from '../domain/errors.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** An answer as data; only the mount touches the socket. A `Readable` body is streamed. */
export interface Wire {
  /** 200 unless said otherwise. */
  readonly status?: number;
  /** JSON unless it is a `Readable` or a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route is given: everything parsed, nothing of the transport but what it may need to know of it. */
export interface Accepted<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  /** The caller's network address, for rate limits of those who are not logged in. */
  readonly address: string;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** An accepted request of somebody who is logged in. */
export interface Authorised<P, Q, B> extends Accepted<P, Q, B> {
  readonly actor: Actor;
}

interface Shape<P, Q, B> {
  /** One sentence for the API page. */
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** The dialect's rate limit group this route counts in. */
  readonly limit?: string;
}

/** A route of a logged-in actor. */
export interface GuardedRoute<P, Q, B, R> extends Shape<P, Q, B> {
  readonly open?: false;
  readonly permission?: Permission;
  readonly act: (request: Authorised<P, Q, B>) => Promise<R>;
  readonly present: (result: R, request: Authorised<P, Q, B>) => Wire;
}

/** A route that needs no login. */
export interface OpenRoute<P, Q, B, R> extends Shape<P, Q, B> {
  readonly open: true;
  readonly act: (request: Accepted<P, Q, B>) => Promise<R>;
  readonly present: (result: R, request: Accepted<P, Q, B>) => Wire;
}

/** One endpoint of a dialect, its types erased so that endpoints can stand in one list. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly open: boolean;
  readonly summary: string;
  readonly permission: Permission | undefined;
  readonly limit: string | undefined;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** Acts and presents; input has been parsed by the route's own schemas. */
  readonly answer: (request: Accepted<unknown, unknown, unknown> & { readonly actor: Actor | null }) => Promise<Wire>;
}

/** Requests a minute of one user, by group. */
export type RateLimits = Readonly<Record<string, number>>;

/** One wire language: routes, the form of its errors, its rate limits. It holds no state. */
export interface Dialect {
  readonly name: string;
  readonly prefix: string;
  readonly routes: readonly Route[];
  readonly limits: RateLimits;
  readonly presentError: (error: AppError) => Wire;
}

