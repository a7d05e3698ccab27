import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport, TargetRow } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(8);

const rows = (count: number, more: RowValues = {}): RowValues[] =>
  Array.from({ length: count }, (_, n) => ({ external_id: String(n + 1), name: `name ${n + 1}`, ...more }));

/** Records without what tells only that they were rewritten. */
async function contents(job: TestImport): Promise<Omit<TargetRow, 'version'>[]> {
  const records = await recordsOf(pool, job.spec, job.tenantId);
  return records.map(({ id, values, hash }) => ({ id, values, hash }));
}

for (const limit of [1, 3, 1_000]) {
  test(`created records go and updated ones get back what the job overwrote, ${limit} rows at a time`, async () => {
    const first = await startImport(orm);
    await first.commit(rows(5));
    const was = await contents(first);
    const job = await startImport(orm, first);
    await job.commit(rows(8, { notes: 'changed', birth_date: '2000-01-02' }));
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 8 });
    assert.deepEqual(await contents(first), was);
    const entries = await undo.entries();
    assert.deepEqual(
      entries.map(({ row, outcome, effect }) => [row, outcome, effect]),
      [1, 2, 3, 4, 5, 6, 7, 8].map((row) => [row, 'reversed', row > 5 ? 'deleted' : 'restored']),
    );
  });

  test(`several rows of one record are undone together, ${limit} rows at a time`, async () => {
    const first = await startImport(orm);
    await first.commit([{ external_id: 'a', name: 'Ada' }]);
    const was = await contents(first);
    const job = await startImport(orm, first);
    await job.commit([
      { external_id: 'a', name: 'Ada 2' },
      { external_id: 'b', name: 'Bob' },
      { external_id: 'a', name: 'Ada 3' },
    ]);
    await job.commit([
      { external_id: 'b', name: 'Bob 2' },
      { external_id: 'a', name: 'Ada 4' },
    ]);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 5 });
    assert.deepEqual(await contents(first), was);
  });

  test(`a record that was edited after several rows of the job is kept for all of them, ${limit} rows at a time`, async () => {
    const job = await startImport(orm);
    await job.commit([{ external_id: 'a', name: 'Ada' }]);
    await job.commit([
      { external_id: 'a', name: 'Ada 2' },
      { external_id: 'b', name: 'Bob' },
    ]);
    // Back to what the first row had made of it, which is an edit all the same.
    await pool.query(
      `update "target"."customer_users" set "name" = 'Ada' where "tenant_id" = $1 and "external_id" = 'a'`,
      [job.tenantId],
    );
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 1, kept_edited: 2 });
    assert.deepEqual(
      (await contents(job)).map(({ values }) => values['name']),
      ['Ada'],
    );
  });
}

test('a person’s edit of a field the job did not write keeps a created record, and stays in a restored one', async () => {
  const first = await startImport(orm);
  await first.commit([{ external_id: 'a', name: 'Ada' }]);
  const job = await startImport(orm, { ...first, writtenFields: ['external_id', 'name'] });
  await job.commit([
    { external_id: 'a', name: 'Ada 2' },
    { external_id: 'b', name: 'Bob' },
  ]);
  await pool.query(`update "target"."customer_users" set "notes" = 'mine' where "tenant_id" = $1`, [job.tenantId]);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 1, kept_edited: 1 });
  assert.deepEqual(
    (await contents(job)).map(({ values }) => [values['name'], values['notes']]),
    [
      ['Ada', 'mine'],
      ['Bob', 'mine'],
    ],
  );
});

test('a record that is gone is said to be', async () => {
  const job = await startImport(orm);
  await job.commit(rows(2));
  await pool.query(`delete from "target"."customer_users" where "tenant_id" = $1 and "external_id" = '1'`, [
    job.tenantId,
  ]);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 1, kept_edited: 1 });
  assert.equal((await undo.entries())[0]?.reason, 'The record has been deleted since.');
});

test('a record that a later job changed is kept and names that job, until that is undone itself', async () => {
  const first = await startImport(orm);
  await first.commit(rows(3));
  const was = await contents(first);
  const later = await startImport(orm, first);
  await later.commit([{ external_id: '2', name: 'later' }]);
  const undo = await startUndo(orm, first);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, kept_superseded: 1 });
  assert.deepEqual((await undo.entries())[1]?.superseded_by, later.jobNumber);

  assert.deepEqual(await (await startUndo(orm, later)).run(), { ...NO_UNDOS, reversed: 1 });
  assert.deepEqual(await contents(first), was.slice(1, 2));
  const again = await startUndo(orm, first);
  assert.deepEqual(await again.run(), { ...NO_UNDOS, reversed: 1 });
  assert.deepEqual(await contents(first), []);
});

test('an earlier job that changed the record is no later one', async () => {
  const first = await startImport(orm);
  await first.commit(rows(3));
  const job = await startImport(orm, first);
  await job.commit(rows(3, { notes: 'x' }));
  assert.deepEqual(await (await startUndo(orm, job)).run(), { ...NO_UNDOS, reversed: 3 });
  assert.deepEqual(await (await startUndo(orm, first)).run(), { ...NO_UNDOS, reversed: 3 });
  assert.deepEqual(await contents(first), []);
});

test('only what was created is undone, with what was added to it; or only what was updated', async () => {
  const first = await startImport(orm);
  await first.commit([{ external_id: 'a', name: 'Ada' }]);
  const job = await startImport(orm, first);
  await job.commit([
    { external_id: 'a', name: 'Ada 2' },
    { external_id: 'b', name: 'Bob' },
  ]);
  await job.commit([{ external_id: 'b', name: 'Bob 2' }]);
  const names = async (): Promise<unknown> => (await contents(job)).map(({ values }) => values['name']);
  const updated = await startUndo(orm, job, { targetActions: ['updated'] });
  assert.deepEqual(await updated.run(), { ...NO_UNDOS, reversed: 2 });
  assert.deepEqual(await names(), ['Ada', 'Bob']);
  const created = await startUndo(orm, job, { targetActions: ['created'] });
  assert.deepEqual(await created.run(), { ...NO_UNDOS, reversed: 1 });
  assert.deepEqual(await names(), ['Ada']);
});

test('a dry run predicts the same numbers and changes nothing', async () => {
  const first = await startImport(orm);
  await first.commit(rows(6));
  const job = await startImport(orm, first);
  await job.commit(rows(9, { notes: 'x' }));
  const later = await startImport(orm, first);
  await later.commit([{ external_id: '2', name: 'later' }]);
  await pool.query(
    `update "target"."customer_users" set "name" = 'edit' where "tenant_id" = $1 and "external_id" in ('3', '8')`,
    [job.tenantId],
  );
  const was = await recordsOf(pool, job.spec, job.tenantId);
  const predicted = await (await startUndo(orm, job, { dryRun: true })).run(4);
  assert.deepEqual(predicted, { ...NO_UNDOS, reversed: 6, kept_edited: 2, kept_superseded: 1 });
  assert.deepEqual(await recordsOf(pool, job.spec, job.tenantId), was);
  assert.deepEqual(await (await startUndo(orm, job)).run(4), predicted);
});

test('what the database refuses fails alone and says why', async () => {
  const job = await startImport(orm);
  await job.commit(rows(7));
  await pool.query(`
    create function "refuse"() returns trigger language plpgsql as
      $$ begin if old."external_id" in ('2', '5') then raise exception 'not %', old."external_id"; end if; return old; end $$;
    create trigger "refuse" before delete on "target"."customer_users" for each row execute function "refuse"()`);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 5, failed: 2 });
  await pool.query(`drop trigger "refuse" on "target"."customer_users"`);
  const failed = (await undo.entries()).filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(
    failed.map(({ row, reason }) => [row, reason]),
    [
      [2, 'The database refused the row: not 2'],
      [5, 'The database refused the row: not 5'],
    ],
  );
});
