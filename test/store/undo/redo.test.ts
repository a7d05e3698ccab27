import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import type { UndoCounts } from '../../../src/domain/rollback.ts';
import { tickets } from '../../../src/targets/tickets.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import type { TestUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const namesOf = async (job: TestImport): Promise<unknown> =>
  (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => values['name']);

/** Everything a redo could change, byte by byte. */
async function everything(): Promise<unknown> {
  const tables = [
    'target.customer_users',
    'target.tickets',
    'import_aliases',
    'import_records',
    'import_undo_references',
  ];
  return Promise.all(
    tables.map(async (table) => (await pool.query(`select "t"::text from ${table} as "t" order by 1`)).rows),
  );
}

/** Has a redo tried, which has to change nothing, and then done: both say the same of every row. Gives its numbers. */
async function redone(job: TestImport, undo: TestUndo, limit: number): Promise<UndoCounts> {
  const before = await everything();
  const tried = await startUndo(orm, job, { dryRun: true }, undo);
  const predicted = await tried.run(limit);
  assert.deepEqual(await everything(), before);
  const redo = await startUndo(orm, job, {}, undo);
  assert.deepEqual(await redo.run(limit), predicted);
  assert.deepEqual(await tried.entries(), await redo.entries());
  return predicted;
}

for (const limit of [1, 2, 1_000]) {
  test(`a dry run of a redo predicts the same numbers and changes nothing, ${limit} at a time`, async () => {
    const first = await startImport(orm);
    await first.commit(['a', 'b'].map((id) => ({ external_id: id, name: id })));
    const job = await startImport(orm, first);
    await job.commit([
      ...['a', 'b', 'c', 'd', 'e'].map((id) => ({ external_id: id, name: `${id} 2` })),
      { external_id: 'e', name: 'e 3' },
    ]);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 6 });
    await pool.query(`update "target"."customer_users" set "name" = 'mine' where "tenant_id" = $1 and "name" = 'b'`, [
      job.tenantId,
    ]);
    const again = await startImport(orm, job);
    await again.commit([{ external_id: 'd', name: 'd 4' }]);
    assert.deepEqual(await redone(job, undo, limit), { ...NO_UNDOS, reversed: 4, kept_edited: 1, kept_superseded: 1 });
    assert.deepEqual(await namesOf(job), ['a 2', 'mine', 'c 2', 'e 3', 'd 4']);
  });

  test(`what the database would refuse to a redo a dry run says beforehand, ${limit} at a time`, async () => {
    const job = await startImport(orm);
    await job.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id })));
    const undo = await startUndo(orm, job);
    await undo.run();
    await pool.query(`alter table "target"."customer_users" add constraint "no_b" check ("name" <> 'b') not valid`);
    try {
      assert.deepEqual(await redone(job, undo, limit), { ...NO_UNDOS, reversed: 2, failed: 1 });
    } finally {
      await pool.query(`alter table "target"."customer_users" drop constraint "no_b"`);
    }
    assert.deepEqual(await namesOf(job), ['a', 'c']);
  });

  test(`a record whose referred-to one is not there stays away, ${limit} at a time`, async () => {
    const customers = await startImport(orm);
    await customers.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id })));
    const job = await startImport(orm, {
      ...customers,
      spec: tickets,
      writtenFields: tickets.fields.map(({ name }) => name),
    });
    await job.commit(
      ['a', 'b', 'c', null].map((id, n) => ({ external_id: `${n}`, subject: `${n}`, customer_user_id: id })),
    );
    const undo = await startUndo(orm, job);
    await undo.run();
    const undoneCustomers = await startUndo(orm, customers);
    assert.deepEqual(await undoneCustomers.run(), { ...NO_UNDOS, reversed: 3 });
    assert.deepEqual(await redone(job, undo, limit), { ...NO_UNDOS, reversed: 1, failed: 3 });
  });
}

test('what all went comes back whole, with its times and whatever a column held', async () => {
  const job = await startImport(orm);
  const odd = '{"a", \\b}, NULL "quoted" \u{1F980} \n';
  await job.commit([
    {
      external_id: 'a',
      name: odd,
      notes: '',
      birth_date: '2000-02-29',
      source_created_at: '2024-03-31 01:30:00.123456+00',
    },
    { external_id: 'b', name: 'NULL' },
  ]);
  const was = await everything();
  const undo = await startUndo(orm, job);
  await undo.run();
  assert.deepEqual(await namesOf(job), []);
  assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(), { ...NO_UNDOS, reversed: 2 });
  assert.deepEqual(await everything(), was);
});

test('a column that came or went between chunks of a rollback, or since, does not shift the others', async () => {
  const table = `"target"."customer_users"`;
  const job = await startImport(orm);
  await job.commit(['a', 'b', 'c'].map((id) => ({ external_id: id, name: id, city: `${id} town` })));
  await pool.query(`alter table ${table} add column "extra" text`);
  try {
    await pool.query(`update ${table} set "extra" = 'kept ' || "name" where "tenant_id" = $1`, [job.tenantId]);
    const undo = await startUndo(orm, job);
    await undo.chunk(1);
    await pool.query(`alter table ${table} add column "later" integer; alter table ${table} drop column "extra"`);
    await pool.query(`update ${table} set "later" = 7 where "tenant_id" = $1 and "name" = 'b'`, [job.tenantId]);
    await undo.run(1);
    await pool.query(`alter table ${table} add column "extra" text`);
    assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(), { ...NO_UNDOS, reversed: 3 });
    const { rows } = await pool.query(
      `select "name", "city", "extra", "later" from ${table} where "tenant_id" = $1 order by "name"`,
      [job.tenantId],
    );
    assert.deepEqual(rows, [
      { name: 'a', city: 'a town', extra: null, later: null },
      { name: 'b', city: 'b town', extra: null, later: 7 },
      { name: 'c', city: 'c town', extra: 'kept c', later: null },
    ]);
  } finally {
    await pool.query(`alter table ${table} drop column "later", drop column "extra"`);
  }
});

test('a rollback that is redone holds no more: the import can be undone and redone again, with all it did', async () => {
  const job = await startImport(orm);
  await job.commit(['a', 'b'].map((id) => ({ external_id: id, name: id })));
  const was = await everything();
  for (let time = 0; time < 3; time++) {
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2 });
    assert.deepEqual(await redone(job, undo, 1_000), { ...NO_UNDOS, reversed: 2 });
    assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(), NO_UNDOS);
    assert.deepEqual(await everything(), was);
  }
});
