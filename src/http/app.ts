import Koa from 'koa';
import type { Dialect } from '../dialects/dialect.ts';
import { asAppError } from '../dialects/failures.ts';
import { mountDialects } from '../dialects/mount.ts';
import type { RequestContext, RequestState, Stage } from '../dialects/request-state.ts';
import type { AppError } from '../domain/errors.ts';
import type { Access } from '../engine/access/index.ts';
import type { Logger } from '../platform/logger.ts';
import { docs } from './docs.ts';
import { health } from './health.ts';
import type { ReadinessChecks } from './health.ts';
import { createMetrics } from './metrics.ts';
import type { CountJobs } from './metrics.ts';
import { accessLog, atRequestEnd } from './middleware/access-log.ts';
import { anyOrigin } from './middleware/any-origin.ts';
import { authentication } from './middleware/authentication.ts';
import { actOnce } from './middleware/idempotency-key.ts';
import { jsonBody } from './middleware/json-body.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { streamedBody } from './uploads/streamed-body.ts';
import { uploadForm } from './uploads/upload-form.ts';
import type { UploadPlaces } from './uploads/upload-form.ts';
import { startPage } from './start-page.ts';

export interface AppDeps {
  readonly dialects: readonly Dialect[];
  readonly access: Pick<Access, 'authenticate' | 'limits' | 'idempotency'>;
  readonly checks: ReadinessChecks;
  readonly countJobs: CountJobs;
  readonly logger: Logger;
  /** Where uploaded files go. */
  readonly files: UploadPlaces;
  /** Where people open Temporal's UI, for the start page; it leaves it out when absent. */
  readonly temporalUi?: string;
  /**
   * Proxies in front, of which each adds to `X-Forwarded-For` from where it was asked. So many of its last entries are
   * believed: what a caller writes there himself stands before them. None when absent.
   */
  readonly trustedProxies?: number;
}

/** The HTTP application: `createServer(createApp(deps).callback())` serves it. */
export function createApp(deps: AppDeps): Koa<RequestState> {
  const { dialects, access, logger } = deps;
  const metrics = createMetrics(deps.countJobs, (err) => logger.warn({ err }, 'jobs could not be counted'));
  const proxies = deps.trustedProxies ?? 0;
  const app = new Koa<RequestState>({ proxy: proxies > 0, maxIpsCount: proxies });
  app.on('error', (error: unknown, ctx?: RequestContext) => reportFailure(logger, asAppError(error), ctx));

  app.use(requestId);
  app.use(accessLog(logger));
  app.use(securityHeaders);
  app.use(anyOrigin(dialects));
  app.use(lastResort(logger));
  app.use(
    atRequestEnd(({ method, state }, status, seconds) => {
      metrics.observeRequest({ method, endpoint: state.endpoint ?? 'other', status, seconds });
    }),
  );
  app.use(health(deps.checks, (check, err) => logger.warn({ check, err }, 'not ready')));
  app.use(serveMetrics(metrics));
  app.use(docs(dialects));
  app.use(startPage(deps.temporalUi ?? null));
  app.use(
    mountDialects(dialects, {
      stages: (dialect, route) =>
        [
          authentication(route, (credentials) => access.authenticate(credentials)),
          rateLimit(dialect, route, access.limits),
          uploadForm(route, deps.files),
          streamedBody(route),
          jsonBody(route),
        ].filter((stage) => stage !== null),
      acting: (ctx, route, act) => actOnce(ctx, route, access.idempotency, act),
      report: (ctx, error) => reportFailure(logger, error, ctx),
    }),
  );
  app.use(nothingHere);
  return app;
}

function serveMetrics(metrics: ReturnType<typeof createMetrics>): Stage {
  return async function answerMetrics(ctx, next) {
    if (ctx.path !== '/metrics') return next();
    ctx.type = metrics.contentType;
    ctx.body = await metrics.text();
    return undefined;
  };
}

/** Answers for what fails outside of the dialects, which answer for themselves. */
function lastResort(logger: Logger): Stage {
  return async function answerFailure(ctx, next) {
    try {
      await next();
    } catch (thrown) {
      const error = asAppError(thrown);
      reportFailure(logger, error, ctx);
      ctx.status = error.code === 'unavailable' ? 503 : 500;
      ctx.body = { message: error.message };
    }
  };
}

const nothingHere: Stage = function nothingHere(ctx) {
  ctx.status = 404;
  ctx.body = { message: 'Not found' };
};

/** Logs what is ours with its cause. What a caller has broken off, or broke the rules of HTTP with, is no failure. */
function reportFailure(logger: Logger, error: AppError, ctx: RequestContext | undefined): void {
  if (ctx?.state.signal?.aborted === true || isBrokenRequest(error.cause)) return;
  const line = { requestId: ctx?.state.requestId, endpoint: ctx?.state.endpoint, err: error.cause ?? error };
  if (error.code === 'unavailable') logger.warn(line, error.message);
  else logger.error(line, error.message);
}

/** Node's HTTP parser gave up in the middle of a body; it has told the caller. */
function isBrokenRequest(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('HPE_');
}
