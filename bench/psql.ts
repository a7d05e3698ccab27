import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { applySql, PREPARE_SQL, readSql, STAGE_SQL } from './raw-sql.ts';
import type { RawPass } from './raw-sql.ts';

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

/** One psql session that does its passes one after the other, each in a transaction of its own. */
async function psqlSession(databases: RawDatabases, passes: readonly RawPass[]): Promise<void> {
  const source = databaseOf(databases.source);
  const steps = passes.map((pass) => {
    const read = readSql(pass).replaceAll("'", "''");
    return `begin;\n\\copy stage from program 'psql -X -q -d ${source} -c "${read}"'\n${applySql(pass)}\ncommit;`;
  });
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', databaseOf(databases.target), '-f', '-'], {
    env: environment(databases.target),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end([PREPARE_SQL, ...steps].join('\n'));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`psql ended with ${String(code)}`);
}

/** The same without psql: two connections of ours with the bytes of COPY handed from one to the other. */
async function ownSession(databases: RawDatabases, passes: readonly RawPass[]): Promise<void> {
  const [source, target] = [new pg.Client(databases.source), new pg.Client(databases.target)];
  await Promise.all([source.connect(), target.connect()]);
  try {
    await target.query(PREPARE_SQL);
    for (const pass of passes) {
      await target.query('begin');
      await pipeline(source.query(copyTo(readSql(pass))), target.query(copyFrom(STAGE_SQL)));
      await target.query(applySql(pass));
      await target.query('commit');
    }
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}

/** Shares passes out to sessions, each getting a stretch of its own, and runs them side by side. */
export async function runRaw(databases: RawDatabases, passes: readonly RawPass[], sessions: number): Promise<void> {
  const share = Math.ceil(passes.length / sessions);
  const session = hasPsql() ? psqlSession : ownSession;
  await Promise.all(
    Array.from({ length: sessions }, (_, index) =>
      session(databases, passes.slice(index * share, (index + 1) * share)),
    ),
  );
}
