import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { contactUuid } from '../../../src/rows/directory-uuid.ts';
import { listed, startUniversal } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
let pool: pg.Pool;
before(async () => {
  stage = await startUniversal();
  pool = await stage.app.orm.em.getConnection().getNativeClient();
});
after(() => stage.close());

const ADA = contactUuid({ first_name: 'Ada' });

/** Has somebody write behind the application's back, while a batch that meets him waits; then ends his transaction. */
async function meanwhile(
  caller: Caller,
  sql: string,
  rows: readonly object[],
  end: (other: pg.PoolClient, waiting: number) => Promise<unknown>,
): Promise<Awaited<ReturnType<Caller['askAt']>>> {
  const other = await pool.connect();
  try {
    await other.query('begin');
    await other.query(sql, [caller.user.tenantId, ADA]);
    const answer = caller.askAt('POST', '/contacts/batch-upsert', rows);
    await end(other, await whoWaits(other));
    return await answer;
  } finally {
    await other.query('rollback');
    other.release();
  }
}

/** The session that waits for another one's transaction. */
async function whoWaits(other: pg.PoolClient): Promise<number> {
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as "pid"');
  for (let tries = 0; tries < 600; tries++) {
    // Asked elsewhere: in a transaction the list of sessions stays as it was.
    const waiting = await pool.query<{ pid: number }>(
      `select "pid" from "pg_stat_activity" where "datname" = current_database() and $1 = any(pg_blocking_pids("pid"))`,
      [rows[0]?.pid],
    );
    if (waiting.rows[0]) return waiting.rows[0].pid;
    await delay(20);
  }
  throw new Error('nobody waits');
}

async function titles(caller: Caller): Promise<unknown> {
  const { body } = await caller.askAt('POST', '/contacts/', { select_columns: ['first_name', 'title', 'email'] });
  return listed(body['data']).map(({ first_name: name, title, email }) => [name, title, email]);
}

async function jobs(caller: Caller): Promise<unknown> {
  const { body } = await caller.ask('GET', '/jobs');
  return body['meta']?.['total'];
}

describe('a batch that meets others who write the same record', () => {
  const INSERT = `insert into "target"."contacts" ("tenant_id", "id", "first_name", "email") values ($1, $2, 'Ada', 'raw@example.com')`;
  const ROWS = [{ first_name: 'Bo' }, { first_name: 'Ada', title: 'Sent' }];

  test('adds to what they have made meanwhile', async () => {
    const caller = await stage.join();
    const { status } = await meanwhile(caller, INSERT, ROWS, (other) => other.query('commit'));
    assert.equal(status, 200);
    assert.deepEqual(await titles(caller), [
      ['Ada', 'Sent', 'raw@example.com'],
      ['Bo', null, null],
    ]);
  });

  test('makes what they have removed meanwhile', async () => {
    const caller = await stage.join();
    await caller.askAt('POST', '/contacts/batch-upsert', [{ first_name: 'Ada', email: 'old@example.com' }]);
    const remove = `delete from "target"."contacts" where "tenant_id" = $1 and "id" = $2`;
    const { status } = await meanwhile(caller, remove, ROWS, (other) => other.query('commit'));
    assert.equal(status, 200);
    assert.deepEqual(await titles(caller), [
      ['Ada', 'Sent', null],
      ['Bo', null, null],
    ]);
  });

  test('leaves nothing when its session dies, and can be sent again', async () => {
    const caller = await stage.join();
    const { status, body } = await meanwhile(caller, INSERT, ROWS, async (other, waiting) => {
      await pool.query('select pg_terminate_backend($1, 5000)', [waiting]);
      return other.query('rollback');
    });
    assert.deepEqual(
      [status, body],
      [503, { success: false, error: 'ERR_UNAVAILABLE: The service is not available just now.' }],
    );
    assert.deepEqual([await titles(caller), await jobs(caller)], [[], 0]);
    assert.equal((await caller.askAt('POST', '/contacts/batch-upsert', ROWS)).status, 200);
    assert.equal(await jobs(caller), 1);
  });
});
