import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyText } from './copy-text.ts';
import { freescoutIndexes, freescoutTables } from './freescout-ddl.ts';
import type { Freescout, GeneratedTable } from './freescout-generator.ts';

async function fill(client: pg.Client, table: GeneratedTable, signal: AbortSignal | undefined): Promise<void> {
  const columns = table.columns.map((name) => client.escapeIdentifier(name)).join(', ');
  const into = client.query(copyFrom(`copy ${client.escapeIdentifier(table.name)} (${columns}) from stdin`));
  await pipeline(Readable.from(copyText(table.rows()), { objectMode: false }), into, { signal });
  const name = client.escapeLiteral(`public.${table.name}`);
  await client.query(
    `select setval(pg_get_serial_sequence(${name}, 'id'), max("id")) from ${client.escapeIdentifier(table.name)}`,
  );
}

/**
 * Makes and fills the tables of a generated help desk in the `public` schema of the database a client is connected to,
 * in one transaction; rows are streamed. The database must not have such tables yet.
 */
export async function loadFreescout(client: pg.Client, freescout: Freescout, signal?: AbortSignal): Promise<void> {
  await client.query('begin');
  for (const statement of freescoutTables()) await client.query(statement);
  for (const table of freescout.tables) await fill(client, table, signal);
  for (const statement of freescoutIndexes()) await client.query(statement);
  await client.query('commit');
  await client.query('analyze');
}
