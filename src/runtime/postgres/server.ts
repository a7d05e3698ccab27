import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { OsUser } from '../os-user.ts';
import type { ProcessSpec } from '../process-spec.ts';
import type { PostgresBinaries } from './binaries.ts';
import { dataFolderArgument, SUPERUSER } from './cluster.ts';
import { clearLeftovers } from './leftovers.ts';
import { postgresArguments } from './settings.ts';
import type { PostgresSize } from './settings.ts';

/** What an embedded server needs to be started; `folder` is one that `ensureCluster` made. */
export interface PostgresOptions {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly user: OsUser | null;
  readonly size: PostgresSize;
}

/** The URL of one database of an embedded server, as its superuser. */
export function postgresUrl(options: Pick<PostgresOptions, 'port' | 'password'>, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${database}`;
}

/** How to run an embedded server: SIGINT is its fast shutdown, SIGQUIT ends it at once and leaves recovery to the next start. */
export function postgresProcess(options: PostgresOptions): ProcessSpec {
  return {
    name: 'postgres',
    command: options.binaries.postgres,
    args: ['-D', dataFolderArgument(options.folder, options.user), ...postgresArguments(options.port, options.size)],
    env: {},
    cwd: options.folder,
    ...(options.user === null ? {} : { user: options.user }),
    stopWith: [
      { signal: 'SIGINT', graceMs: 4000 },
      { signal: 'SIGQUIT', graceMs: 1000 },
    ],
    prepare: () => clearLeftovers(options.folder),
    ready: (signal) => acceptsConnections(postgresUrl(options, 'postgres'), signal),
    alive: async () => (await ask(postgresUrl(options, 'postgres'))) !== 'silence',
  };
}

/** Resolves once the server takes a query; until then (starting, recovering) it is asked again. */
async function acceptsConnections(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await ask(url)) === 'result') return;
    await delay(50, undefined, { signal });
  }
}

/** SQLSTATE of a wrong password: waiting will not make it right. */
const WRONG_PASSWORD = '28P01';

/** An `error` is an answer too: a server that recovers or has no connection left says so. */
async function ask(url: string): Promise<'result' | 'error' | 'silence'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 4000 });
  // A connection that breaks while it is being closed has nobody else to hear it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return 'result';
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) return 'silence';
    if (error.code === WRONG_PASSWORD) throw error;
    return 'error';
  } finally {
    // Not waited for: a frozen server never answers a goodbye either.
    void client.end().catch(() => undefined);
  }
}

/** Makes a database unless it is there. The name must be a plain lower-case identifier. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)} template template0`);
  } finally {
    await client.end();
  }
}
