import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type pg from 'pg';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { tickets } from '../../../src/targets/tickets.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { rawSession, untilBlocked } from '../../support/sessions.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { database, orm, pool } = await openTestStore(8);

/** Customers a, b and c; tickets 1 of a and 2 of b, of a job of their own. */
async function helpDesk(): Promise<{ customers: TestImport; ticketsJob: TestImport }> {
  const customers = await startImport(orm);
  await customers.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id })));
  const ticketsJob = await startImport(orm, {
    ...customers,
    spec: tickets,
    writtenFields: tickets.fields.map(({ name }) => name),
  });
  await ticketsJob.commit([
    { external_id: '1', subject: 'one', customer_user_id: 'a' },
    { external_id: '2', subject: 'two', customer_user_id: 'b' },
  ]);
  return { customers, ticketsJob };
}

const names = async (job: TestImport): Promise<unknown> =>
  (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['external_id']);
const owners = async (job: TestImport): Promise<unknown> =>
  (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['customer_user_id'] !== null);

test('records that others refer to are kept and say by whom, in a dry run as well', async () => {
  const { customers } = await helpDesk();
  for (const dryRun of [true, false]) {
    const undo = await startUndo(orm, customers, { dryRun });
    assert.deepEqual(await undo.run(2), { ...NO_UNDOS, reversed: 1, kept_referenced: 2 });
    assert.equal((await undo.entries())[0]?.reason, 'Records of target.tickets refer to it (customer_user_id).');
  }
  assert.deepEqual(await names(customers), ['a', 'b']);
});

test('without preserving relationships what refers is cleared, and a redo brings both back', async () => {
  const { customers, ticketsJob } = await helpDesk();
  const was = [await recordsOf(pool, customers.spec, customers.tenantId), await owners(ticketsJob)];
  assert.deepEqual(await (await startUndo(orm, customers, { preserveRelationships: false, dryRun: true })).run(2), {
    ...NO_UNDOS,
    reversed: 3,
  });
  const undo = await startUndo(orm, customers, { preserveRelationships: false });
  assert.deepEqual(await undo.run(2), { ...NO_UNDOS, reversed: 3 });
  assert.deepEqual(
    [await names(customers), await owners(ticketsJob), await names(ticketsJob)],
    [[], [false, false], ['1', '2']],
  );
  const redo = await startUndo(orm, customers, {}, undo);
  assert.deepEqual(await redo.run(2), { ...NO_UNDOS, reversed: 3 });
  const strip = (rows: unknown): unknown =>
    JSON.parse(JSON.stringify(rows, (key, value: unknown) => (key === 'version' ? undefined : value)));
  assert.deepEqual(
    strip([await recordsOf(pool, customers.spec, customers.tenantId), await owners(ticketsJob)]),
    strip(was),
  );
});

test('a reference that may not be empty keeps its record, and no cascade goes further than the import', async () => {
  const { customers, ticketsJob } = await helpDesk();
  await pool.query(`
    create table "public"."orders" ("id" integer primary key,
      "customer" uuid not null references "target"."customer_users" ("id") on delete cascade);
    create table "public"."visits" ("id" integer primary key,
      "customer" uuid references "target"."customer_users" ("id") on delete cascade)`);
  try {
    const ids = (await recordsOf(pool, customers.spec, customers.tenantId)).map(({ id }) => id);
    await pool.query('insert into "public"."orders" values (1, $1)', [ids[0]]);
    await pool.query('insert into "public"."visits" values (1, $1), (2, $2)', [ids[1], ids[2]]);
    const undo = await startUndo(orm, customers, { preserveRelationships: false });
    assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, kept_referenced: 1 });
    assert.deepEqual([await names(customers), await owners(ticketsJob)], [['a'], [true, false]]);
    const left = await pool.query(
      'select (select count(*)::int from "public"."orders") as "orders", (select json_agg("customer") from "public"."visits") as "visits"',
    );
    assert.deepEqual(left.rows, [{ orders: 1, visits: [null, null] }]);
  } finally {
    await pool.query('drop table "public"."orders", "public"."visits"');
  }
});

test('a redo keeps away from what an import has brought meanwhile, and names it', async () => {
  const job = await startImport(orm);
  await job.commit([
    { external_id: 'a', name: 'Ada' },
    { external_id: 'b', name: 'Bob' },
  ]);
  const undo = await startUndo(orm, job);
  await undo.run();
  const again = await startImport(orm, job);
  await again.commit([{ external_id: 'b', name: 'Bob 2' }]);
  const redo = await startUndo(orm, job, {}, undo);
  assert.deepEqual(await redo.run(), { ...NO_UNDOS, reversed: 1, kept_superseded: 1 });
  assert.equal((await redo.entries())[1]?.superseded_by, again.jobNumber);
  assert.deepEqual(
    (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['name']),
    ['Ada', 'Bob 2'],
  );
});

test('a redo writes again what was taken back, but for what was edited since', async () => {
  const first = await startImport(orm);
  await first.commit([
    { external_id: 'a', name: 'Ada' },
    { external_id: 'b', name: 'Bob' },
  ]);
  const job = await startImport(orm, first);
  await job.commit([
    { external_id: 'a', name: 'Ada 2' },
    { external_id: 'b', name: 'Bob 2' },
    { external_id: 'a', name: 'Ada 3' },
  ]);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(1), { ...NO_UNDOS, reversed: 3 });
  await pool.query(
    `update "target"."customer_users" set "name" = 'mine' where "tenant_id" = $1 and "external_id" = 'b'`,
    [job.tenantId],
  );
  const redo = await startUndo(orm, job, {}, undo);
  assert.deepEqual(await redo.run(1), { ...NO_UNDOS, reversed: 2, kept_edited: 1 });
  assert.deepEqual(
    (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['name']),
    ['Ada 3', 'mine'],
  );
});

for (const careful of [false, true]) {
  const how = careful ? 'each looked at' : 'all at once';
  test(`an edit that is under way when its record’s turn comes is waited for, and kept, ${how}`, async () => {
    await using editor = await rawSession(database.url);
    await using observer = await rawSession(database.url);
    const job = await startImport(orm);
    await job.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id })));
    await editor.query('begin');
    await editor.query(
      `update "target"."customer_users" set "name" = 'mine' where "tenant_id" = $1 and "external_id" = 'b'`,
      [job.tenantId],
    );
    const undo = await startUndo(orm, job);
    const undone = undo.chunk(1_000, { careful });
    await untilBlocked(observer);
    await editor.query('commit');
    assert.deepEqual((await undone).outcomes, { ...NO_UNDOS, reversed: 2, kept_edited: 1 });
    assert.deepEqual(
      (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['name']),
      ['mine'],
    );
  });

  test(`a reference that is under way when its record’s turn comes is waited for, and keeps the record, ${how}`, async () => {
    await using editor = await rawSession(database.url);
    await using observer = await rawSession(database.url);
    const job = await startImport(orm);
    await job.commit(['a', 'b'].map((id) => ({ external_id: id, name: id })));
    const [a] = await recordsOf(pool, job.spec, job.tenantId);
    await editor.query('begin');
    await editor.query(`insert into "target"."tickets" ("id", "tenant_id", "customer_user_id") values ($1, $2, $3)`, [
      randomUUID(),
      job.tenantId,
      a?.id,
    ]);
    const undo = await startUndo(orm, job);
    const undone = undo.chunk(1_000, { careful });
    await untilBlocked(observer);
    await editor.query('commit');
    assert.deepEqual((await undone).outcomes, { ...NO_UNDOS, reversed: 1, kept_referenced: 1 });
  });

  test(`an edit and a reference that come while a chunk is being undone find their record gone, ${how}`, async () => {
    await using blocker = await rawSession(database.url);
    await using editor = await rawSession(database.url);
    await using referrer = await rawSession(database.url);
    const job = await startImport(orm);
    await job.commit(['a', 'b'].map((id) => ({ external_id: id, name: id })));
    const [a] = await recordsOf(pool, job.spec, job.tenantId);
    // The chunk holds its records and waits to forget their aliases.
    await blocker.query('begin; lock table "import_aliases" in access exclusive mode');
    const undo = await startUndo(orm, job);
    const undone = undo.chunk(1_000, { careful });
    await untilBlocked(blocker, 1);
    const edit = editor.query(`update "target"."customer_users" set "name" = 'mine' where "id" = $1`, [a?.id]);
    const reference = referrer
      .query(`insert into "target"."tickets" ("id", "tenant_id", "customer_user_id") values ($1, $2, $3)`, [
        randomUUID(),
        job.tenantId,
        a?.id,
      ])
      .then(
        () => 'referred',
        (error: pg.DatabaseError) => error.code,
      );
    await untilBlocked(blocker, 3);
    await blocker.query('commit');
    assert.deepEqual((await undone).outcomes, { ...NO_UNDOS, reversed: 2 });
    assert.deepEqual([(await edit).rowCount, await reference], [0, '23503']);
  });
}
