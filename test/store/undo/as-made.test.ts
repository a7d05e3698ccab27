import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { database, orm, pool } = await openTestStore();

async function abcImported(): Promise<TestImport> {
  const job = await startImport(orm);
  await job.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id })));
  return job;
}

const namesLeft = async (job: TestImport): Promise<unknown[]> =>
  (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['name']);

test('what a later job has written counts as later, also where nothing of it is to be seen any more', async () => {
  const job = await abcImported();
  const later = await startImport(orm, job);
  await later.commit([{ external_id: 'b', name: 'B' }]);
  await pool.query(`update "target"."customer_users" set "name" = 'b' where "tenant_id" = $1 and "external_id" = 'b'`, [
    job.tenantId,
  ]);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, kept_superseded: 1 });
  assert.equal((await undo.entries())[1]?.superseded_by, later.jobNumber);
  assert.deepEqual(await namesLeft(job), ['b']);
});

test('a record of another tenant is left alone, whatever the ledger says', async () => {
  const job = await abcImported();
  await pool.query(
    `update "target"."customer_users" set "tenant_id" = gen_random_uuid() where "tenant_id" = $1 and "external_id" = 'b'`,
    [job.tenantId],
  );
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, kept_edited: 1 });
});

test('what other tables would lose by a cascade keeps its record, and they lose nothing', async () => {
  const job = await abcImported();
  await pool.query(
    `create table "visits" ("customer" uuid not null references "target"."customer_users" ("id") on delete cascade)`,
  );
  try {
    await pool.query(
      `insert into "visits" select "id" from "target"."customer_users" where "tenant_id" = $1 and "name" = 'b'`,
      [job.tenantId],
    );
    assert.deepEqual(await (await startUndo(orm, job)).run(), { ...NO_UNDOS, reversed: 2, kept_referenced: 1 });
    assert.equal((await pool.query('select from "visits"')).rowCount, 1);
    assert.deepEqual(await namesLeft(job), ['b']);
  } finally {
    await pool.query('drop table "visits"');
  }
});

test('a trigger of the table runs for every record that goes, and may refuse', async () => {
  const job = await abcImported();
  await pool.query(`
    create table "seen" ("name" text);
    create function "watch" () returns trigger language plpgsql as $$
    begin
      if old."name" = 'b' then raise exception 'b stays'; end if;
      insert into "seen" values (old."name");
      return old;
    end $$;
    create trigger "watch" before delete on "target"."customer_users" for each row execute function "watch" ()`);
  try {
    assert.deepEqual(await (await startUndo(orm, job)).run(), { ...NO_UNDOS, reversed: 2, failed: 1 });
    const { rows } = await pool.query<{ name: string }>('select "name" from "seen" order by 1');
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['a', 'c'],
    );
  } finally {
    await pool.query(`drop trigger "watch" on "target"."customer_users"; drop function "watch"; drop table "seen"`);
  }
});

test('foreign keys are back in force for whatever the session does next', async () => {
  const job = await abcImported();
  const client = await pool.connect();
  try {
    const undo = await startUndo(orm, job);
    assert.deepEqual((await undo.chunk(1_000, { client })).outcomes, { ...NO_UNDOS, reversed: 3 });
    const { rows } = await client.query<{ session_replication_role: string }>('show session_replication_role');
    assert.deepEqual(rows, [{ session_replication_role: 'origin' }]);
  } finally {
    client.release();
  }
});

test('who may not answer for foreign keys undoes all the same', async () => {
  const job = await abcImported();
  const role = `"plain_${database.url.slice(-8)}"`;
  await pool.query(`
    create role ${role};
    grant all on all tables in schema public, target to ${role};
    grant usage on schema public, target to ${role};
    grant usage on all sequences in schema public to ${role}`);
  const client = await pool.connect();
  try {
    // The session's own tables would be the superuser's.
    await client.query(`discard temporary; set role ${role}`);
    const undo = await startUndo(orm, job);
    assert.deepEqual((await undo.chunk(1_000, { client })).outcomes, { ...NO_UNDOS, reversed: 3 });
    assert.deepEqual(await namesLeft(job), []);
  } finally {
    await client.query('reset role');
    client.release(true);
    await pool.query(`drop owned by ${role}; drop role ${role}`);
  }
});
