import type { MikroORM } from '@mikro-orm/postgresql';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { authRoutes } from '../../src/dialects/importcsv/auth.ts';
import { presentError as presentImportcsvError } from '../../src/dialects/importcsv/errors.ts';
import { presentError } from '../../src/dialects/universal/errors.ts';
import { meRoutes } from '../../src/dialects/universal/me.ts';
import { tenantRoutes } from '../../src/dialects/universal/tenants.ts';
import { tokenRoutes } from '../../src/dialects/universal/tokens.ts';
import { userRoutes } from '../../src/dialects/universal/users.ts';
import { createAccess } from '../../src/engine/access/index.ts';
import type { Access } from '../../src/engine/access/index.ts';
import { createApp } from '../../src/http/app.ts';
import type { AppDeps } from '../../src/http/app.ts';
import type { FilePlaces } from '../../src/platform/storage/file-places.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createSealer } from '../../src/platform/sealing.ts';
import { openStore } from '../../src/store/orm.ts';
import { createTestDatabase } from './database.ts';
import { filePlaces } from './files.ts';
import { PASSWORD } from './factories.ts';
import { holdAnswers } from './held-answers.ts';

const SECRET_KEY = 'a secret key that only tests know';

/** What a request carries besides its method and path. */
export interface TestRequest {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
}

/** An answer, read to its end. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON it holds, or its text where it is none. */
  readonly body: unknown;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** The real HTTP application, listening on a free port, over a database of its own. */
export interface TestApp {
  readonly url: string;
  readonly orm: MikroORM;
  readonly access: Access;
  readonly server: Server;
  /** Log lines so far, parsed. */
  readonly lines: readonly LogLine[];
  /** The first log line that fits, however late it comes. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  send(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  /** An access token of a user made by a factory. */
  login(email: string, password?: string): Promise<string>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** The dialects to serve; logging in and managing users when absent. */
  readonly dialects?: (access: Access, orm: MikroORM) => readonly Dialect[];
  readonly rateLimits?: 'documented' | 'off';
  /** Where uploads go; a folder of its own when absent. */
  readonly files?: FilePlaces;
  readonly checks?: Partial<AppDeps['checks']>;
  readonly countJobs?: AppDeps['countJobs'];
  readonly trustedProxies?: number;
  readonly temporalUi?: string;
}

/** Starts one; close it in `after`, which fails when an answer was not what its route says. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const orm = openStore(database.url, 10);
  const access = createAccess({
    orm,
    sealer: createSealer(SECRET_KEY),
    secretKey: SECRET_KEY,
    rateLimits: options.rateLimits ?? 'off',
  });
  const log = createTestLog();
  const held = holdAnswers((options.dialects ?? accessDialects)(access, orm));
  const app = createApp({
    dialects: held.dialects,
    access,
    checks: { database: fine, temporal: fine, worker: fine, ...options.checks },
    countJobs: options.countJobs ?? (() => Promise.resolve({})),
    logger: createLogger('api', 'debug', log),
    files: options.files ?? filePlaces(),
    trustedProxies: options.trustedProxies ?? 0,
    ...(options.temporalUi === undefined ? {} : { temporalUi: options.temporalUi }),
  });
  const answer = app.callback();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening on a port');
  const url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    orm,
    access,
    server,
    lines: log.lines,
    logged: (fits) => log.logged(fits),
    send: (method, path, request = {}) => send(url, method, path, request),
    login: async (email, password = PASSWORD) =>
      (await access.logIn({ email, password, address: '127.0.0.1' })).accessToken,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await orm.close(true);
      await database.drop();
      held.assertHeld();
    },
  };
}

/** The routes around users and logins, as the dialects that own them serve them. */
export function accessDialects(access: Access): readonly Dialect[] {
  const engine = { access };
  const universal: Dialect = {
    name: 'universal',
    prefix: '/api/import',
    routes: [...meRoutes(), ...userRoutes(engine), ...tenantRoutes(engine), ...tokenRoutes(engine)],
    limits: {},
    presentError,
  };
  const logins: Dialect = {
    name: 'importcsv',
    prefix: '/api/v1',
    routes: authRoutes(engine),
    limits: {},
    presentError: presentImportcsvError,
  };
  return [universal, logins];
}

async function send(url: string, method: string, path: string, request: TestRequest): Promise<TestAnswer> {
  const { token, headers, body } = request;
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

interface TestLog {
  readonly lines: LogLine[];
  write(text: string): void;
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
}

function createTestLog(): TestLog {
  const lines: LogLine[] = [];
  const written = new EventEmitter();
  return {
    lines,
    write(text) {
      lines.push(JSON.parse(text));
      written.emit('line');
    },
    async logged(fits) {
      for (;;) {
        const found = lines.find(fits);
        if (found) return found;
        await once(written, 'line');
      }
    },
  };
}

const fine = (): Promise<void> => Promise.resolve();
