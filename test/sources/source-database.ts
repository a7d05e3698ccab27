import pg from 'pg';
import { loadDump } from '../../src/demo/load-dump.ts';
import type { SourceConnection } from '../../src/domain/query.ts';
import type { SourceSchema } from '../../src/domain/source-schema.ts';
import { createOutboundGuard } from '../../src/platform/outbound-guard.ts';
import { parseOutboundRules } from '../../src/platform/outbound-rules.ts';
import { openSource } from '../../src/sources/postgres/connection/connection.ts';
import type { OpenSourceOptions } from '../../src/sources/postgres/connection/connection.ts';
import { introspect } from '../../src/sources/postgres/catalog/introspect.ts';
import type { SourceSession } from '../../src/sources/postgres/connection/session.ts';
import { createEmptyDatabase } from '../support/database.ts';

/** A guard that lets tests reach the servers of this machine. */
export const LOOPBACK_GUARD = createOutboundGuard(parseOutboundRules('127.0.0.0/8,::1').rules);

/** Somebody else's database, with what a test puts into it. */
export interface SourceDatabase {
  readonly connection: SourceConnection;
  /** Runs SQL in it as its owner. */
  run(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  open(options?: OpenSourceOptions): Promise<SourceSession>;
  introspect(): Promise<SourceSchema>;
  drop(): Promise<void>;
}

/** A source made by SQL, by a dump or by both, the dump first. */
export async function createSource(contents: {
  readonly dump?: string;
  readonly sql?: string;
}): Promise<SourceDatabase> {
  const database = await createEmptyDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  if (contents.dump !== undefined) {
    await loadDump(owner, contents.dump);
    await owner.query('reset all');
  }
  if (contents.sql !== undefined) await owner.query(contents.sql);
  const connection = connectionOf(database.url);
  const open = (options: OpenSourceOptions = {}): Promise<SourceSession> =>
    openSource(connection, LOOPBACK_GUARD, options);
  return {
    connection,
    run: (sql, values) => owner.query(sql, values),
    open,
    async introspect() {
      await using session = await open();
      return await introspect(session);
    },
    async drop() {
      await owner.end();
      await database.drop();
    },
  };
}

function connectionOf(text: string): SourceConnection {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    sslMode: 'prefer',
  };
}
