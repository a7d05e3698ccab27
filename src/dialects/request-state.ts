import type Koa from 'koa';
import type { Identity } from '../engine/access/identity.ts';

/** What is known of a request on its way to a route; each stage fills in its part. */
export interface RequestState extends Koa.DefaultState {
  requestId: string;
  /** The caller's network address. */
  address: string;
  /** Aborted when the caller goes away before his answer. */
  signal: AbortSignal;
  /** The route as it is written, prefix and all, for logs and metrics; null while none was found. */
  endpoint: string | null;
  identity: Identity | null;
  /** The body as JSON; undefined when there was none. */
  json: unknown;
  /** The body of a route that takes it as it comes; absent for all others. */
  bytes?: AsyncIterable<Uint8Array>;
  /** Of a form with a file: what two requests that ask the same have in common; else that is the body. */
  fingerprint?: unknown;
  /** Params, query and body as the route's schemas parsed them. */
  input: { readonly params: unknown; readonly query: unknown; readonly body: unknown };
}

/** One step of a request's way; calls the next or throws. */
export type Stage = Koa.Middleware<RequestState>;

export type RequestContext = Parameters<Stage>[0];
