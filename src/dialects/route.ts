import { AppError } from '../domain/errors.ts';
import { requirePermission } from '../domain/policy.ts';
import type { Accepted, AnyRequest, Authorised, GuardedRoute, Method, OpenRoute, Route, Wire } from './dialect.ts';

/**
 * A route of somebody who is logged in: `act` gets params, query and body as the schemas parsed them and the actor.
 * Who may come in is settled before the input is parsed: 401, then 403, then 404 and 422.
 */
export function guarded<P = unknown, Q = unknown, B = unknown, R = unknown>(
  method: Method,
  path: string,
  spec: GuardedRoute<P, Q, B, R>,
): Route {
  return {
    ...shared(method, path, spec),
    open: false,
    permission: spec.permission,
    authorise: (actor) => {
      if (spec.permission !== undefined) requirePermission(actor, spec.permission);
      spec.authorise?.(actor);
    },
    check: spec.check && ((request, told) => spec.check?.(authorisedOf(request), told) ?? Promise.resolve({})),
    answer: async (request) => {
      const authorised = authorisedOf<P, Q, B>(request);
      return withStatus(spec, spec.present(await spec.act(authorised), authorised));
    },
  };
}

/** The mount parsed the three with the route's own schemas, which erased types cannot say. */
function authorisedOf<P, Q, B>(request: AnyRequest): Authorised<P, Q, B> {
  if (!request.actor) throw new AppError('unauthenticated', 'Unauthenticated.');
  return request as Authorised<P, Q, B>;
}

/** A route that needs no login, such as the login itself. */
export function open<P = unknown, Q = unknown, B = unknown, R = unknown>(
  method: Method,
  path: string,
  spec: OpenRoute<P, Q, B, R>,
): Route {
  return {
    ...shared(method, path, spec),
    open: true,
    permission: undefined,
    authorise: () => undefined,
    check: undefined,
    answer: async (request) => {
      const accepted = request as Accepted<P, Q, B>;
      return withStatus(spec, spec.present(await spec.act(accepted), accepted));
    },
  };
}

function withStatus({ status }: { readonly status?: number }, wire: Wire): Wire {
  return status === undefined ? wire : { status, ...wire };
}

type SharedSpec<P, Q, B> = Pick<
  OpenRoute<P, Q, B, unknown>,
  | 'summary'
  | 'subject'
  | 'limit'
  | 'bodyLimit'
  | 'upload'
  | 'stream'
  | 'params'
  | 'query'
  | 'body'
  | 'example'
  | 'answers'
  | 'answersAs'
  | 'status'
>;

function shared<P, Q, B>(
  method: Method,
  path: string,
  spec: SharedSpec<P, Q, B>,
): Omit<Route, 'open' | 'permission' | 'authorise' | 'check' | 'answer'> {
  return {
    method,
    path,
    summary: spec.summary,
    subject: spec.subject,
    limit: spec.limit,
    bodyLimit: spec.bodyLimit,
    upload: spec.upload,
    stream: spec.stream,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    example: spec.example,
    answers: spec.answers,
    answersAs: spec.answersAs,
    status: spec.status,
  };
}
