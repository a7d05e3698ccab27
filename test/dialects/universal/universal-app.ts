import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createActivities } from '../../../activities/index.ts';
import { createDialects } from '../../../src/dialects/index.ts';
import type { Permission, Role } from '../../../src/domain/actor.ts';
import { EventFeed } from '../../../src/engine/events/event-feed.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { runSchedule } from '../../../src/engine/schedules/run-schedule.ts';
import type { Orchestrator } from '../../../src/engine/ports.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { createOutboundGuard } from '../../../src/platform/outbound-guard.ts';
import type { FilePlaces } from '../../../src/platform/storage/file-places.ts';
import { parseOutboundRules } from '../../../src/platform/outbound-rules.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import type { User } from '../../../src/store/entities/user.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { startWorker } from '../../../temporal/worker.ts';
import { startTestApp } from '../../support/app.ts';
import type { TestAnswer, TestApp, TestAppOptions } from '../../support/app.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { filePlaces } from '../../support/files.ts';
import { makeUser } from '../../support/factories.ts';

/** The universal dialect as it is served, with everything behind it but the worker, unless that is asked for. */
export interface UniversalApp {
  readonly app: TestApp;
  /** Where its files lie. */
  readonly files: FilePlaces;
  readonly orchestrator: Orchestrator;
  /** Somebody new who is logged in. */
  join(options?: { tenantId?: string; role?: Role; permissions?: readonly Permission[] }): Promise<Caller>;
  close(): Promise<void>;
}

/** A logged-in user and his way to ask. Paths are below `/api/import`. */
export interface Caller {
  readonly user: User;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json; headers: Headers }>;
  /** The same of a whole path. */
  askAt(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json; headers: Headers }>;
  /** The same below `/api/v1`; a form is sent as one. */
  askV1(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Json; headers: Headers }>;
}

/** An answer's JSON, to be looked into; what it holds the assertions say. */
export interface Json {
  readonly [key: string]: Json;
}

/** A text of an answer. */
export function said(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A list of an answer. */
export function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** A job over the universal endpoints, once it has ended. */
export async function endedJob(caller: Caller, id: string): Promise<Json> {
  for (let tries = 0; tries < 1_200; tries++) {
    const { body } = await caller.ask('GET', `/jobs/${id}`);
    if (!['pending', 'running'].includes(said(body['status']))) return body;
    await delay(50);
  }
  throw new Error(`the job never ended: ${id}`);
}

export async function startUniversal(
  options: Pick<TestAppOptions, 'rateLimits' | 'files'> & {
    readonly worker?: boolean;
    readonly ingestPrefix?: string;
  } = {},
): Promise<UniversalApp> {
  const settings = {
    address: process.env['LADING_TEST_TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
    namespace: 'default',
    taskQueue: `test-${randomBytes(6).toString('hex')}`,
    uiUrl: 'http://temporal.example',
  };
  const orchestrator = createOrchestrator(settings);
  const outside = {
    files: options.files ?? filePlaces(),
    sealer: createSealer('the key that seals in tests'),
    guard: createOutboundGuard(parseOutboundRules('127.0.0.0/8').rules),
  };
  const app = await startTestApp({
    ...options,
    files: outside.files,
    dialects: (access, orm) => {
      const parts = { orm, orchestrator, ...outside, feed: new EventFeed() };
      const engine = createEngine({ ...parts, secretKey: 'the key of logins in tests', rateLimits: 'off' });
      return createDialects({ ...engine, access }, { ingestPrefix: options.ingestPrefix ?? '/api/v1/ingest' });
    },
  });
  const { orm } = app;
  const logger = createLogger('test', 'silent');
  const cache = join(tmpdir(), 'lading-test-workflows');
  const worker = options.worker
    ? await startWorker(
        { ...settings, partitions: 4, cache },
        createActivities({ orm, ...outside, logger, createScheduledJob: (run) => runSchedule({ orm }, run) }),
        logger,
      )
    : null;
  return {
    app,
    files: outside.files,
    orchestrator,
    async join(as = {}) {
      const user = await makeUser(app.orm, as);
      const token = await app.login(user.email);
      const askAt: Caller['askAt'] = async (method, path, body) => {
        const request = body === undefined ? { token } : { token, body };
        const answer: TestAnswer = await app.send(method, path, request);
        return { ...answer, body: answer.body as Json };
      };
      return {
        user,
        askAt,
        ask: (method, path, body) => askAt(method, `/api/import${path}`, body),
        async askV1(method, path, body, headers = {}) {
          const form = body instanceof FormData;
          const response = await fetch(`${app.url}/api/v1${path}`, {
            method,
            headers: {
              Authorization: `Bearer ${token}`,
              ...headers,
              ...(form || body === undefined ? {} : { 'Content-Type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
          });
          const answered = await response.text();
          const json = answered === '' ? null : (JSON.parse(answered) as Json);
          return { status: response.status, headers: response.headers, body: json as Json };
        },
      };
    },
    async close() {
      await worker?.close();
      await app.close();
      await orchestrator.close();
    },
  };
}

/** A source database with a user of its own, whose password is a canary. */
export interface SourceDatabase {
  readonly fields: {
    database_type: 'postgresql';
    host: string;
    port: number;
    database: string;
    username: string;
    password: string;
    ssl_mode: string;
  };
  readonly url: string;
  drop(): Promise<void>;
}

/** A database made by the given statements, readable by a user of its own. */
export async function makeSource(statements: readonly string[]): Promise<SourceDatabase> {
  const database = await createEmptyDatabase();
  const username = `reader_${randomBytes(6).toString('hex')}`;
  const password = `CANARY-${randomBytes(9).toString('hex')}`;
  await onDatabase(database.url, [
    ...statements,
    `create role ${username} login password '${password}'`,
    `grant usage on schema public to ${username}`,
    `grant select on all tables in schema public to ${username}`,
  ]);
  const { hostname: host, port, pathname } = new URL(database.url);
  return {
    url: database.url,
    fields: {
      database_type: 'postgresql',
      host,
      port: Number(port),
      database: pathname.slice(1),
      username,
      password,
      ssl_mode: 'prefer',
    },
    async drop() {
      await onDatabase(database.url, [`drop owned by ${username}`, `drop role ${username}`]);
      await database.drop();
    },
  };
}

export async function onDatabase(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
