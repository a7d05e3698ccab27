import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { isStoreTable } from '../../../src/store/own/store-tables.ts';
import { createTestDatabase } from '../../support/database.ts';

test('every table that the migrations make is the store’s own, and nobody’s target', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ schema: string; table: string }>(
    `select schemaname as "schema", tablename as "table" from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  await client.end();
  await database.drop();
  assert.ok(rows.length > 10);
  assert.deepEqual(
    rows.filter((table) => !isStoreTable(table)),
    [],
  );
});
