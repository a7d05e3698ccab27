import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { streamRows } from '../../activities/stream-rows.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let pool: pg.Pool;

before(async () => {
  database = await createEmptyDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
});

after(async () => {
  await pool.end();
  await database.drop();
});

const rowsOf = (count: number): { text: string; values: unknown[]; rowMode: 'array' } => ({
  text: `select i::text, repeat('x', (i % 97)::int), null from generate_series(1, $1::bigint) as i`,
  values: [count],
  rowMode: 'array',
});
const never = new AbortController().signal;

test('all rows come in order, also to a reader that is slower than the server, and the session goes on', async () => {
  for (const count of [0, 1, 250_000]) {
    let next = 1;
    for await (const block of streamRows(pool, rowsOf(count), never)) {
      for (let row = 0; row < block.length; row += 1_000) {
        const number = next + row;
        assert.deepEqual(block.row(row), [String(number), 'x'.repeat(number % 97), null]);
      }
      next += block.length;
      await new Promise(setImmediate);
    }
    assert.equal(next, count + 1);
    // The pool has one session: it is the one whose rows were taken as bytes.
    assert.deepEqual((await pool.query('select 1 as "one"')).rows, [{ one: 1 }]);
  }
});

test('a query that fails among its rows, a reader that leaves and one that is stopped end it', async () => {
  const failing = {
    ...rowsOf(50_000),
    text: 'select (1 / (40000 - i))::text from generate_series(1, $1::bigint) as i',
  };
  await assert.rejects(async () => {
    for await (const block of streamRows(pool, failing, never)) assert.ok(block.length > 0);
  }, /division by zero/u);
  for await (const block of streamRows(pool, rowsOf(1_000_000), never)) {
    assert.ok(block.length > 0);
    break;
  }
  const stopped = new AbortController();
  await assert.rejects(async () => {
    for await (const block of streamRows(pool, rowsOf(1_000_000), stopped.signal)) {
      assert.ok(block.length > 0);
      stopped.abort(new Error('told to stop'));
    }
  }, /told to stop/u);
  assert.deepEqual((await pool.query('select 1 as "one"')).rows, [{ one: 1 }]);
});

test('a server that ends the session among the rows ends it with an error', async () => {
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await assert.rejects(async () => {
    for await (const block of streamRows(pool, rowsOf(5_000_000), never)) {
      assert.ok(block.length > 0);
      await admin.query(
        `select pg_terminate_backend("pid") from "pg_stat_activity"
         where "datname" = current_database() and "pid" <> pg_backend_pid()`,
      );
    }
  });
  await admin.end();
});
