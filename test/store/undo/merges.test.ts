import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { filled, recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const ada = { external_id: 'a1', name: 'Ada', email: 'ada@x' };
const twin = { external_id: 'b7', name: 'Ada King', email: 'Ada@X', company: 'Babbage' };
const echo = { external_id: 'c9', email: 'ada@x' };

async function aliases(job: TestImport): Promise<unknown> {
  const { rows } = await pool.query<{ external_id: string }>(
    `select "external_id", encode("source_hash", 'hex') as "hash" from "import_aliases" where "tenant_id" = $1 order by 1`,
    [job.tenantId],
  );
  return rows;
}
const state = async (job: TestImport): Promise<unknown> => [
  (await recordsOf(pool, job.spec, job.tenantId)).map(({ values, hash }) => [filled(values), hash]),
  await aliases(job),
];

test('a merge is undone with what was learnt by it, also by rows that added nothing, and can be redone', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada]);
  const was = await state(first);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  assert.deepEqual((await job.commit([twin, echo])).counters, {
    created: 0,
    updated: 2,
    skipped: 0,
    failed: 0,
    duplicates: 2,
  });
  const merged = await state(first);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2 });
  assert.deepEqual(await state(first), was);
  assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(), { ...NO_UNDOS, reversed: 2 });
  assert.deepEqual(await state(first), merged);
});

test('a skipped duplicate that made itself known is forgotten', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada]);
  const was = await state(first);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  assert.deepEqual((await job.commit([{ external_id: 'd4', email: 'ada@x' }])).counters.skipped, 1);
  assert.notDeepEqual(await state(first), was);
  assert.deepEqual(await (await startUndo(orm, job)).run(), NO_UNDOS);
  assert.deepEqual(await state(first), was);
});

test('aliases of a record that goes go with it', async () => {
  const job = await startImport(orm, { detect: ['email'] });
  await job.commit([ada, twin]);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2 });
  assert.deepEqual(await state(job), [[], []]);
});

test('a row that is known by another field than external_id is its record’s owner again', async () => {
  const options = { identifierField: 'email' };
  const first = await startImport(orm, options);
  await first.commit([{ email: 'x@y', name: 'X', phone: '1' }]);
  const was = await state(first);
  const job = await startImport(orm, { ...first, ...options });
  await job.commit([{ email: 'x@y', name: 'X 2' }]);
  assert.deepEqual(await (await startUndo(orm, job, options)).run(), { ...NO_UNDOS, reversed: 1 });
  assert.deepEqual(await state(first), was);
  const again = await startImport(orm, { ...first, ...options });
  await again.commit([{ email: 'x@y', name: 'X 3' }]);
  const [record] = await recordsOf(pool, first.spec, first.tenantId);
  assert.deepEqual(filled(record?.values ?? {}), { email: 'x@y', name: 'X 3' });
});

test('after an undo the same import does the same again', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada]);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  await job.commit([twin, echo]);
  const merged = await state(first);
  await (await startUndo(orm, job)).run();
  const again = await startImport(orm, { ...first, detect: ['email'] });
  await again.commit([twin, echo]);
  assert.deepEqual(await state(first), merged);
});
