import { parse } from 'csv-parse/sync';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/runtime/free-port.ts';
import { postgresUser } from '../../src/runtime/os-user.ts';
import { postgresBinaries } from '../../src/runtime/postgres/binaries.ts';
import { ensureCluster } from '../../src/runtime/postgres/cluster.ts';
import { postgresProcess, postgresUrl } from '../../src/runtime/postgres/server.ts';
import { startProcess } from '../../src/runtime/running-process.ts';

/** A PostgreSQL of its own that writes down every statement it is sent. */
export interface LoggingPostgres {
  readonly url: string;
  /** The texts of all statements it has been sent in a database, in order. */
  statements(database: string): Promise<string[]>;
  stop(): Promise<void>;
}

const LOGGING = {
  logging_collector: 'on',
  log_destination: 'csvlog',
  log_directory: 'log',
  log_filename: 'statements',
  log_rotation_age: '0',
  log_rotation_size: '0',
  log_statement: 'all',
};

/** Columns of a csvlog line (PostgreSQL's documentation, "Using CSV-Format Log Output"). */
const DATABASE = 2;
const MESSAGE = 13;
/** `statement: …`, `execute NAME: …`; a cursor's later fetches name their statement too. */
const STATEMENT = /^(?:statement|execute [^:]*): ([^]*)$/u;

export async function startLoggingPostgres(): Promise<LoggingPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'lading-source-'));
  const folder = join(home, 'postgres');
  const user = postgresUser();
  const binaries = await postgresBinaries(user);
  const password = randomBytes(18).toString('base64url');
  await ensureCluster({ folder, password, binaries, user, signal: AbortSignal.timeout(60_000) });
  const options = { folder, password, binaries, user, port: await freePort(), size: 'test' } as const;
  const spec = postgresProcess(options);
  const settings = Object.entries(LOGGING).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const running = await startProcess({ ...spec, args: [...spec.args, ...settings] }, join(home, 'postgres.log'));
  await spec.ready(AbortSignal.timeout(60_000));
  return {
    url: postgresUrl(options, 'postgres'),
    statements: async (database) => {
      const log = await readFile(join(folder, 'log', 'statements.csv'), 'utf8');
      // The last line may be half written; it is whole the next time.
      const whole = log.slice(0, log.lastIndexOf('\n') + 1);
      const lines = parse(whole, { relax_column_count: true });
      return lines.flatMap((line) => {
        const text = line[DATABASE] === database ? STATEMENT.exec(line[MESSAGE] ?? '')?.[1] : undefined;
        return text === undefined ? [] : [text];
      });
    },
    stop: async () => {
      await running.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
