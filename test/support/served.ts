import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, startApi, startWorker } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config.ts';
import type { ApiClient } from '../../src/demo/api-client.ts';
import { makeFolder } from '../../src/platform/make-folder.ts';
import { freePort } from '../../src/runtime/free-port.ts';
import { createTestDatabase } from './database.ts';
import { EMAIL, logIn, overTestServers, PASSWORD } from './lading-process.ts';

/** API and worker, and somebody logged in. */
export interface Served {
  readonly client: ApiClient;
  /** A connection of its own to the store; close it. */
  connect(): Promise<pg.Client>;
  stop(): Promise<void>;
}

/**
 * Starts API and worker as the product assembles them, in this process and over the servers of the tests: for what does
 * not depend on processes that can be killed. Stop it in `after`.
 */
export async function openServed(): Promise<Served> {
  const home = await mkdtemp(join(tmpdir(), 'lading-served-'));
  const database = await createTestDatabase();
  const environment = {
    LADING_HOME: home,
    LADING_CACHE: join(tmpdir(), 'lading-test-workflows'),
    LADING_SECRET_KEY: randomBytes(24).toString('base64'),
    LADING_ADMIN_EMAIL: EMAIL,
    LADING_ADMIN_PASSWORD: PASSWORD,
    LADING_RATE_LIMITS: 'off',
    LADING_LOG_LEVEL: 'fatal',
    PORT: String(await freePort()),
    ...overTestServers(database),
  };
  const config = loadConfig('api', environment);
  makeFolder(config.home.cache);
  await migrate(loadConfig('migrate', environment));
  const api = await startApi(config);
  const worker = await startWorker(loadConfig('worker', environment));
  return {
    client: await logIn(`http://127.0.0.1:${config.http.port}`),
    async connect() {
      const client = new pg.Client(database.url);
      await client.connect();
      return client;
    },
    async stop() {
      await worker.close();
      await api.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
