import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { startFailure } from '../../src/runtime/start-failure.ts';
import { migrateStore } from '../../src/store/orm.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let empty: TestDatabase;
let client: pg.Client;

before(async () => {
  empty = await createEmptyDatabase();
  client = new pg.Client({ connectionString: empty.url });
  await client.connect();
});

after(async () => {
  await client.end();
  await empty.drop();
});

describe('bringing the store to the newest version', () => {
  test('makes its tables in an empty database, by whoever comes first of several at once', async () => {
    await Promise.all([migrateStore(empty.url), migrateStore(empty.url)]);
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass('import_jobs') is not null as "there"`);
    assert.deepEqual(rows, [{ there: true }]);
  });

  test('says that a database is not there, and makes none in its place', async () => {
    const name = 'no_such_store';
    const url = new URL(empty.url);
    url.pathname = `/${name}`;
    const told = await migrateStore(url.href).then(() => 'nothing', startFailure);
    assert.equal(told, `The store at DATABASE_URL cannot be used: database "${name}" does not exist`);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    assert.equal(rowCount, 0);
  });
});
