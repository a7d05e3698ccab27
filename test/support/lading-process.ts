import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CONTACT_COLUMNS, CONTACTS } from '../../bench/contacts.ts';
import { ApiClient } from '../../src/demo/api-client.ts';
import { startedJobAnswer } from '../../src/demo/job-answers.ts';
import type { Job } from '../../src/demo/job-answers.ts';
import { watchJob } from '../../src/demo/watch-job.ts';
import { createTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import { makeTestHome, startLading } from './lading.ts';
import type { RunningLading, TestHome } from './lading.ts';

export const EMAIL = 'owner@example.com';
export const PASSWORD = 'correct horse battery staple';

/** A whole Lading, as `npm start` runs it, with somebody logged in. */
export interface LadingProcess {
  readonly home: TestHome;
  /** The one that runs now. */
  current(): RunningLading;
  readonly client: ApiClient;
  /** Rows of a query in the product's own store. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A connection of its own to the store; close it. */
  connect(): Promise<pg.Client>;
  /** Starts it again on its home after it has ended. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one in a home of its own; stop it in `after`. */
export async function openLading(changes: NodeJS.ProcessEnv = {}): Promise<LadingProcess> {
  const home = await makeTestHome();
  const environment = {
    LADING_ADMIN_EMAIL: EMAIL,
    LADING_ADMIN_PASSWORD: PASSWORD,
    LADING_RATE_LIMITS: 'off',
    ...changes,
  };
  let running = await startLading(home, environment).catch(async (error: unknown) => {
    await home.remove();
    throw error;
  });
  const stop = async (): Promise<void> => {
    running.process.kill('SIGTERM');
    await running.exited;
    await home.remove();
  };
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: await home.read('run/database-url') });
    // What waits for an answer fails with the connection; the process of the tests goes on.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const query: LadingProcess['query'] = async <Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ) => {
    const client = await connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const startAgain = async (): Promise<void> => {
    await running.exited;
    running = await startLading(home, environment);
  };
  try {
    const client = await logIn(running.baseUrl);
    return { home, current: () => running, client, query, connect, startAgain, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What has a Lading use the servers of the tests instead of starting its own, with a store and a task queue of its own. */
export function overTestServers(database: TestDatabase): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: process.env['LADING_TEST_TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
    TEMPORAL_TASK_QUEUE: `test-${randomBytes(6).toString('hex')}`,
  };
}

/** Starts API and worker as processes over the servers of the tests: for what does not kill those. Stop it in `after`. */
export async function openLadingOverTestServers(): Promise<LadingProcess> {
  const database = await createTestDatabase();
  const lading = await openLading(overTestServers(database));
  const stop = async (): Promise<void> => {
    await lading.stop();
    await database.drop();
  };
  return { ...lading, stop };
}

/** Logs in at a Lading that `openLading` started. */
export function logIn(baseUrl: string): Promise<ApiClient> {
  return ApiClient.login(baseUrl, EMAIL, PASSWORD);
}

const madeProfile = z.object({ profile: z.object({ id: z.string() }) });

/** Makes a profile for the source database at a URL. */
export async function makeProfile(client: ApiClient, sourceUrl: string, name = 'Source'): Promise<string> {
  const { hostname, port, pathname, username, password } = new URL(sourceUrl);
  const answer = await client.post(
    '/api/import/profiles',
    {
      name,
      database_type: 'postgresql',
      host: hostname,
      port: Number(port),
      database: decodeURIComponent(pathname.slice(1)),
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
      ssl_mode: 'disable',
    },
    madeProfile,
  );
  return answer.profile.id;
}

/** A profile that imports all contacts of a source. */
export async function contactsProfile(client: ApiClient, url: string, name: string): Promise<string> {
  const profile = await makeProfile(client, url, name);
  const fields = CONTACT_COLUMNS.map((column) => ({
    source: `${CONTACTS}.${column === 'external_id' ? 'id' : column}`,
    target: column,
  }));
  const query = { base_table: CONTACTS, fields, target_type: 'customer_users' };
  await client.post(`/api/import/profiles/${profile}/queries`, query, z.unknown());
  return profile;
}

const listedTemplates = z.object({ data: z.array(z.object({ id: z.string(), platform: z.string() })) });

/** Applies the system's template of a platform to a profile. */
export async function applyTemplate(client: ApiClient, profileId: string, platform: string): Promise<void> {
  const { data } = await client.get('/api/import/templates', listedTemplates);
  const template = data.find((each) => each.platform === platform);
  await client.put(`/api/import/profiles/${profileId}/template`, { template_id: template?.id }, z.unknown());
}

/** Starts a job of a profile; answers with its id. */
export async function startJob(client: ApiClient, profileId: string, body: object = {}): Promise<string> {
  return (await client.post('/api/import/jobs', { profile_id: profileId, ...body }, startedJobAnswer)).job.id;
}

/** Runs a job of a profile to its end. */
export async function runJob(client: ApiClient, profileId: string, body: object = {}): Promise<Job> {
  return watchJob(client, await startJob(client, profileId, body), () => undefined);
}

/** A job's counters under short names. */
export function countersOf(job: Job): Record<'created' | 'updated' | 'skipped' | 'failed', number> {
  return {
    created: job.records_imported - job.records_updated,
    updated: job.records_updated,
    skipped: job.records_skipped,
    failed: job.records_failed,
  };
}
