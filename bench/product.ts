import { Client, Connection } from '@temporalio/client';
import type pg from 'pg';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../src/config.ts';
import { ApiClient } from '../src/demo/api-client.ts';
import { makeDemoDatabase } from '../src/demo/demo-database.ts';
import type { DemoDatabase } from '../src/demo/demo-database.ts';
import { startedJobAnswer } from '../src/demo/job-answers.ts';
import type { Job } from '../src/demo/job-answers.ts';
import { watchJob } from '../src/demo/watch-job.ts';
import { startEmbedded } from '../src/runtime/embedded.ts';
import type { Embedded } from '../src/runtime/embedded.ts';
import { freePort } from '../src/runtime/free-port.ts';
import { CONTACT_COLUMNS, makeContacts } from './contacts.ts';

const EMAIL = 'bench@localhost';
const PASSWORD = 'only for this benchmark';
const SOURCE = 'bench_source';

/** Lading as `npm start` runs it, in a temporary home. */
export interface Lading {
  readonly embedded: Embedded;
  readonly client: ApiClient;
  /** A superuser's URL of its store. */
  readonly storeUrl: string;
  /** The pid of a component, by its pid file. */
  readonly pid: (name: string) => Promise<number>;
  readonly workerPids: () => Promise<number[]>;
  readonly waitFor: (jobId: string, onProgress: (processed: number) => void) => Promise<Job>;
  /** Events in the histories of a job's workflow, all its runs. */
  readonly temporalEvents: (jobId: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** The same, with a profile for a source full of contacts. */
export interface Product extends Lading {
  readonly profileId: string;
  /** A superuser's URL of the source. */
  readonly sourceUrl: string;
  /** Makes the profile read another table. */
  readonly readFrom: (table: string, columns?: readonly string[]) => Promise<void>;
  readonly startJob: (modeConfig?: object) => Promise<string>;
}

const withId = z.object({ profile: z.object({ id: z.string() }) });
const anything = z.unknown();

/** Saves the query that reads a table, whose key is `id`. */
async function saveQuery(
  client: ApiClient,
  profileId: string,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const fields = columns.map((column) => ({
    source: `${table}.${column === 'external_id' ? 'id' : column}`,
    target: column,
    transformation: 'direct',
  }));
  const query = { base_table: table, joins: [], fields, filters: [], target_type: 'customer_users' };
  await client.post(`/api/import/profiles/${profileId}/queries`, query, anything);
}

async function makeProfile(client: ApiClient, source: DemoDatabase): Promise<string> {
  const body = { ...source, name: 'Benchmark', database_type: 'postgresql', ssl_mode: 'disable' };
  return (await client.post('/api/import/profiles', body, withId)).profile.id;
}

async function countEvents(address: string, workflowId: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    let events = 0;
    for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      const handle = client.workflow.getHandle(workflowId, run.runId);
      events += (await handle.describe()).historyLength;
    }
    return events;
  } finally {
    await connection.close();
  }
}

/** Starts all of it. `report` hears what is going on. */
export async function startLading(report: (line: string) => void): Promise<Lading> {
  const home = await mkdtemp(join(tmpdir(), 'lading-bench-'));
  const config = loadConfig('all', {
    ...process.env,
    LADING_HOME: home,
    PORT: String(await freePort()),
    LADING_ADMIN_EMAIL: EMAIL,
    LADING_ADMIN_PASSWORD: PASSWORD,
    LADING_RATE_LIMITS: 'off',
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
  });
  // The processes read their environment themselves, not the configuration of this one.
  process.env['LADING_ADMIN_EMAIL'] = EMAIL;
  process.env['LADING_ADMIN_PASSWORD'] = PASSWORD;
  process.env['LADING_RATE_LIMITS'] = 'off';
  const embedded = await startEmbedded(config, report, new AbortController().signal);
  const stop = async (): Promise<void> => {
    await embedded.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  }
  try {
    const client = await ApiClient.login(embedded.baseUrl, EMAIL, PASSWORD);
    const pid = async (name: string): Promise<number> =>
      Number(await readFile(join(embedded.home.run, `${name}.pid`), 'utf8'));
    return {
      embedded,
      client,
      storeUrl: embedded.databaseUrl,
      pid,
      workerPids: async () => {
        const files = (await readdir(embedded.home.run)).filter((file) => /^worker(-\d+)?\.pid$/.test(file));
        return Promise.all(files.map((file) => pid(file.slice(0, -'.pid'.length))));
      },
      waitFor: (jobId, onProgress) => watchJob(client, jobId, onProgress),
      temporalEvents: async (jobId) =>
        countEvents((await readFile(embedded.home.temporalAddress, 'utf8')).trim(), jobId),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts all of it and makes the contacts. `report` hears what is going on. */
export function startProduct(rows: number, seed: number, report: (line: string) => void): Promise<Product> {
  return startProductWith(async (client) => {
    report(`Source: making 2 × ${rows.toLocaleString('en')} contacts`);
    await makeContacts(client, rows, seed);
  }, report);
}

/** Starts all of it; `fill` makes the tables of the source. */
export async function startProductWith(
  fill: (client: pg.Client) => Promise<void>,
  report: (line: string) => void,
): Promise<Product> {
  const lading = await startLading(report);
  const { client, storeUrl } = lading;
  try {
    const { source } = await makeDemoDatabase(storeUrl, SOURCE, fill);
    const profileId = await makeProfile(client, source);
    const sourceUrl = new URL(storeUrl);
    sourceUrl.pathname = `/${SOURCE}`;
    return {
      ...lading,
      profileId,
      sourceUrl: sourceUrl.href,
      readFrom: (table, columns = CONTACT_COLUMNS) => saveQuery(client, profileId, table, columns),
      startJob: async (modeConfig = {}) => {
        const body = {
          profile_id: profileId,
          options: { selected_types: ['customer_users'] },
          mode_config: modeConfig,
        };
        return (await client.post('/api/import/jobs', body, startedJobAnswer)).job.id;
      },
    };
  } catch (error) {
    await lading.stop();
    throw error;
  }
}
