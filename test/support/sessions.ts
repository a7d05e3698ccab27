import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';

/** A session of its own beside the store's pool, with which a test gets in the way of what it tests. */
export interface RawSession extends AsyncDisposable {
  readonly client: pg.Client;
  readonly pid: number;
  query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
}

export async function rawSession(url: string): Promise<RawSession> {
  const client = new pg.Client({ connectionString: url, options: '-c TimeZone=UTC' });
  // A session that is killed on purpose says so on its way out.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as "pid"');
  return {
    client,
    pid: rows[0]?.pid ?? 0,
    query: (sql, values = []) => client.query(sql, [...values]),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Resolves once this many sessions of the database wait for a lock that another one holds. */
export async function untilBlocked(observer: RawSession, count = 1): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    // An observer in a transaction would see for ever the sessions there were when it first looked.
    await observer.query('select pg_stat_clear_snapshot()');
    const { rows } = await observer.query(
      `select count(*)::int as "n" from "pg_stat_activity"
       where "datname" = current_database() and cardinality(pg_blocking_pids("pid")) > 0`,
    );
    if (rows[0].n >= count) return;
    await delay(10);
  }
  throw new Error(`there never were ${count} sessions that wait for a lock`);
}
