import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { applySql, PREPARE_SQL, readSql, STAGE_SQL } from './raw-sql.ts';
import type { RawPass } from './raw-sql.ts';

/** What a session of raw SQL does: once a statement, and then its steps, each in a transaction of its own. */
export interface RawSession {
  readonly prepare: string;
  readonly steps: readonly RawStep[];
}

/** One transaction: rows are taken into the staging table, and then into the target. */
export interface RawStep {
  /** The statement `copy … from stdin` that takes the rows. */
  readonly copy: string;
  /** Where `\\copy` of psql has them from: a file, or a program's output. */
  readonly from: string;
  /** The same bytes for those who have no psql. */
  readonly open: () => Readable | Promise<Readable>;
  readonly apply: string;
}

/** The two databases of the raw import. */
export interface RawDatabases {
  readonly source: string;
  readonly target: string;
}

/** Whether `psql` can be run. */
export function hasPsql(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'psql'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The environment in which psql reaches a server without a password on its command line. */
function environment(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(url);
  return {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGOPTIONS: '-c client_min_messages=warning',
  };
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

/** One psql session. */
async function psqlSession(target: string, { prepare, steps }: RawSession): Promise<void> {
  const lines = steps.map(
    ({ copy, from, apply }) => `begin;\n\\${copy.replace('from stdin', () => `from ${from}`)}\n${apply}\ncommit;`,
  );
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', databaseOf(target), '-f', '-'], {
    env: environment(target),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end([prepare, ...lines].join('\n'));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`psql ended with ${String(code)}`);
}

/** The same without psql: a connection of ours. */
async function ownSession(target: string, { prepare, steps }: RawSession): Promise<void> {
  const client = new pg.Client(target);
  await client.connect();
  try {
    await client.query(prepare);
    for (const { copy, open, apply } of steps) {
      await client.query('begin');
      await pipeline(await open(), client.query(copyFrom(copy)));
      await client.query(apply);
      await client.query('commit');
    }
  } finally {
    await client.end();
  }
}

/** Runs sessions of raw SQL side by side. */
export async function runSessions(target: string, sessions: readonly RawSession[]): Promise<void> {
  const session = hasPsql() ? psqlSession : ownSession;
  await Promise.all(sessions.map((one) => session(target, one)));
}

/** Shares what is to be done out to sessions, each getting a stretch of its own. */
export function shared<T>(all: readonly T[], sessions: number): T[][] {
  const share = Math.ceil(all.length / sessions);
  return Array.from({ length: sessions }, (_, index) => all.slice(index * share, (index + 1) * share));
}

/** Runs passes over a source's tables in so many sessions. */
export async function runRaw(databases: RawDatabases, passes: readonly RawPass[], sessions: number): Promise<void> {
  const source = databaseOf(databases.source);
  const readers: pg.Client[] = [];
  const stepOf = (pass: RawPass): RawStep => ({
    copy: STAGE_SQL,
    from: `program 'psql -X -q -d ${source} -c "${readSql(pass).replaceAll("'", "''")}"'`,
    open: async () => {
      const client = new pg.Client(databases.source);
      readers.push(client);
      await client.connect();
      return client.query(copyTo(readSql(pass)));
    },
    apply: applySql(pass),
  });
  try {
    await runSessions(
      databases.target,
      shared(passes, sessions).map((share) => ({ prepare: PREPARE_SQL, steps: share.map(stepOf) })),
    );
  } finally {
    await Promise.all(readers.map((reader) => reader.end()));
  }
}
