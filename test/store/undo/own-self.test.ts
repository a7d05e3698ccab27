import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { identityName } from '../../../src/domain/target.ts';
import { registerTable } from '../../support/own-targets.ts';
import { startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

let tables = 0;

/** People, each under another of the same table; 5 and 6 are under each other. `before` are rows that were there. */
async function staffImported(before = ''): Promise<{ table: string; job: TestImport }> {
  const table = `staff_${++tables}`;
  await pool.query(`create table "${table}" ("id" integer primary key, "name" text,
    "boss" integer references "${table}" deferrable initially deferred); ${before.replaceAll('staff', table)}`);
  const { actor, spec } = await registerTable(orm, table, ['id']);
  const job = await startImport(orm, { tenantId: actor.tenantId, spec, identifierField: identityName(spec) });
  const bosses: readonly (string | null)[] = [null, '1', '2', '3', '6', '5'];
  await job.commit(bosses.map((boss, index) => ({ id: String(index + 1), name: `name ${index + 1}`, boss })));
  return { table, job };
}

/** Every row as all of its bytes. */
async function bytes(table: string): Promise<string[]> {
  const { rows } = await pool.query<{ row: string }>(`select "t"::text as "row" from "${table}" as "t" order by "id"`);
  return rows.map(({ row }) => row);
}

for (const limit of [1, 2, 100]) {
  test(`rows that refer to each other go and come back, also in circles, ${limit} at a time`, async () => {
    const { table, job } = await staffImported();
    const imported = await bytes(table);
    const counts = { ...NO_UNDOS, reversed: 6 };
    assert.deepEqual(await (await startUndo(orm, job, { dryRun: true })).run(limit), counts);
    assert.deepEqual(await bytes(table), imported);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), counts);
    assert.deepEqual(await bytes(table), []);
    assert.deepEqual(await (await startUndo(orm, job, { dryRun: true }, undo)).run(limit), counts);
    assert.deepEqual(await bytes(table), []);
    const redo = await startUndo(orm, job, {}, undo);
    assert.deepEqual(await redo.run(limit), counts);
    assert.deepEqual(await bytes(table), imported);
    assert.deepEqual(await (await startUndo(orm, job)).run(limit), counts);
    assert.deepEqual(await bytes(table), []);
  });

  test(`a row that is kept keeps those above it, ${limit} at a time`, async () => {
    const { table, job } = await staffImported();
    await pool.query(`update "${table}" set "name" = 'mine' where "id" in (3, 5)`);
    const counts = { ...NO_UNDOS, reversed: 1, kept_edited: 2, kept_referenced: 3 };
    assert.deepEqual(await (await startUndo(orm, job, { dryRun: true })).run(limit), counts);
    assert.deepEqual(await (await startUndo(orm, job)).run(limit), counts);
    assert.deepEqual(await bytes(table), [
      '(1,"name 1",)',
      '(2,"name 2",1)',
      '(3,mine,2)',
      '(5,mine,6)',
      '(6,"name 6",5)',
    ]);
  });

  test(`what nobody imported is cleared where that was asked for, and refers again after a redo, ${limit} at a time`, async () => {
    const { table, job } = await staffImported();
    await pool.query(`insert into "${table}" values (7, 'theirs', 4)`);
    const imported = await bytes(table);
    const undo = await startUndo(orm, job, { preserveRelationships: false });
    assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 6 });
    assert.deepEqual(await bytes(table), ['(7,theirs,)']);
    for (const dryRun of [true, false])
      assert.deepEqual(await (await startUndo(orm, job, { dryRun }, undo)).run(limit), { ...NO_UNDOS, reversed: 6 });
    assert.deepEqual(await bytes(table), imported);
  });
}

test('rows that were there before get their boss back, and keep who was put under them', async () => {
  const { table, job } = await staffImported(`insert into "staff" values (2, 'there', null), (4, 'there', 2)`);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(1), { ...NO_UNDOS, reversed: 6 });
  assert.deepEqual(await bytes(table), ['(2,there,)', '(4,there,2)']);
  assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(1), { ...NO_UNDOS, reversed: 6 });
  assert.deepEqual((await bytes(table)).length, 6);
  assert.deepEqual((await bytes(table)).slice(0, 4), [
    '(1,"name 1",)',
    '(2,"name 2",1)',
    '(3,"name 3",2)',
    '(4,"name 4",3)',
  ]);
});
