import pg from 'pg';
import { migrateStore } from '../src/store/orm.ts';
import { startPostgres } from './postgres.ts';

interface Filling {
  /** A query that gives a row when an earlier bench has filled the database. */
  readonly filled: string;
  readonly fill: (client: pg.Client, report: (line: string) => void) => Promise<void>;
}

/**
 * Brings the store at `url` to the newest version and fills it unless it is, then does the work. Without an address a
 * server of our own is started for it, and ended.
 */
export async function onFilledStore(
  url: string | undefined,
  { filled, fill }: Filling,
  work: (client: pg.Client, url: string) => Promise<void>,
): Promise<void> {
  const server = url === undefined ? await startPostgres() : null;
  try {
    const address = url ?? server?.url ?? '';
    await migrateStore(address);
    const client = new pg.Client(address);
    await client.connect();
    try {
      const { rows } = await client.query(filled);
      if (rows.length === 0) await fill(client, (line) => console.error(`  ${line}`));
      await work(client, address);
    } finally {
      await client.end();
    }
  } finally {
    await server?.stop();
  }
}
