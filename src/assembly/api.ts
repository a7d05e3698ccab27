import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { temporalAnswers } from '../../temporal/connection-check.ts';
import { createOrchestrator } from '../../temporal/orchestrator.ts';
import type { Config } from '../config.ts';
import { EVENT_DIALECTS, createDialects } from '../dialects/index.ts';
import { ensureFirstUser } from '../engine/access/ensure-first-user.ts';
import { EventFeed } from '../engine/events/event-feed.ts';
import { createEngine } from '../engine/index.ts';
import { createApp } from '../http/app.ts';
import { createLogger } from '../platform/logger.ts';
import { createRealtime } from '../realtime/create-realtime.ts';
import { asksForWebSocket } from '../realtime/doors.ts';
import { countJobsByStatus } from '../store/queries/jobs/jobs.ts';
import { hasLivingWorker } from '../store/queries/worker-pulses.ts';
import { createPlatform, temporalSettings } from './platform.ts';

/** Longer than the minute for which load balancers and clients keep a connection: who closes it must be they. */
const KEEP_ALIVE_MS = 75_000;
/** For the head of a request. How long a body may take says who reads it: an upload may take hours. */
const HEAD_MS = 60_000;

/** Starts an API process: HTTP, sockets and the first user. Resolves when it listens. */
export async function startApi(config: Config): Promise<{ close(): Promise<void> }> {
  const logger = createLogger('api', config.log.level);
  const platform = createPlatform(config);
  const { orm } = platform;
  const orchestrator = createOrchestrator(temporalSettings(config));
  const feed = new EventFeed();
  const engine = createEngine({
    ...platform,
    orchestrator,
    feed,
    secretKey: config.auth.secretKey.reveal(),
    rateLimits: config.limits.rateLimits,
  });
  await ensureFirstUser(platform, {
    email: config.auth.adminEmail,
    password: config.auth.adminPassword?.reveal() ?? null,
    passwordFile: join(config.home.path, 'admin-password'),
  });

  const app = createApp({
    dialects: createDialects(engine, config.http),
    access: engine.access,
    countJobs: () => countJobsByStatus(orm.em.fork()),
    checks: {
      database: async () => void (await orm.em.fork().execute('select 1')),
      temporal: (signal) => temporalAnswers(config.temporal.address, signal),
      worker: async () => {
        if (!(await hasLivingWorker(orm))) throw new Error('no worker is alive');
      },
    },
    logger,
    files: platform.files,
    temporalUi: config.temporal.uiUrl,
    trustedProxies: config.http.trustedProxies,
  });
  const answer = app.callback();
  const options = {
    shouldUpgradeCallback: asksForWebSocket,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEAD_MS,
    requestTimeout: 0,
  };
  const server = createServer(options, (request, response) => void answer(request, response));
  const realtime = createRealtime({
    databaseUrl: config.store.url.reveal(),
    events: engine.events,
    dialects: EVENT_DIALECTS,
    authenticate: async ({ token, cookie }) => {
      return (await engine.access.authenticate({ bearer: token, cookie }))?.actor ?? null;
    },
    logger,
  });
  realtime.attach(server);
  await listen(server, config.http);
  logger.info({ host: config.http.host, port: config.http.port }, 'API is listening');
  return {
    async close() {
      const closed = closeServer(server);
      await realtime.close();
      await closed;
      await orchestrator.close();
      await orm.close(true);
    },
  };
}

async function listen(server: Server, { host, port }: Config['http']): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise;
  server.off('error', reject);
}

async function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  // Requests under way have a moment to end; streams would go on for ever.
  const force = setTimeout(() => server.closeAllConnections(), 2_000);
  await promise;
  clearTimeout(force);
}
