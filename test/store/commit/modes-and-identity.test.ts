import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerRow } from '../../support/customers.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const records = (of: TestImport): ReturnType<typeof recordsOf> => recordsOf(pool, of.spec, of.tenantId);

const ada = { external_id: '1', name: 'Ada', email: 'ada@example.com', birth_date: '1815-12-10' };
const bob = { external_id: '2', name: 'Bob' };

test('create mode makes new records and leaves those that exist alone', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const made = await records(first);
  const job = await startImport(orm, { ...first, mode: { importMode: 'create' } });
  const { counters } = await job.commit([{ ...ada, name: 'changed' }, bob]);
  assert.deepEqual(counters, { created: 1, updated: 0, skipped: 1, failed: 0, duplicates: 0 });
  assert.deepEqual((await records(first))[0], made[0]);
});

test('update mode changes records that exist and makes none', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const job = await startImport(orm, { ...first, mode: { importMode: 'update' } });
  const { counters } = await job.commit([{ ...ada, name: 'changed' }, bob]);
  assert.deepEqual(counters, { created: 0, updated: 1, skipped: 1, failed: 0, duplicates: 0 });
  const after = await records(first);
  assert.deepEqual(
    after.map((record) => record.values['name']),
    ['changed'],
  );
  const [, skipped] = await job.ledger();
  assert.deepEqual(skipped, ledgerRow(2, bob, { action: 'skipped' }));
});

test('skip_duplicates leaves known rows alone although they changed', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const made = await records(first);
  const job = await startImport(orm, { ...first, mode: { skipDuplicates: true } });
  const { counters } = await job.commit([{ ...ada, name: 'changed' }, bob]);
  assert.deepEqual(counters, { created: 1, updated: 0, skipped: 1, failed: 0, duplicates: 0 });
  assert.deepEqual((await records(first))[0], made[0]);
});

test('rows without an identifier are new each time', async () => {
  const first = await startImport(orm);
  await first.commit([{ name: 'Nobody' }, { name: 'Nobody' }]);
  const again = await startImport(orm, first);
  const { counters } = await again.commit([{ name: 'Nobody' }]);
  assert.equal(counters.created, 1);
  assert.equal((await records(first)).length, 3);
});

test('rows that share nothing but an empty identifier are rows of their own', async () => {
  const job = await startImport(orm, { identifierField: 'email', writtenFields: ['email', 'name'] });
  const { counters } = await job.commit([
    { email: '', name: 'Ada' },
    { email: '', name: 'Bob' },
  ]);
  assert.equal(counters.created, 2);
  assert.deepEqual(
    (await job.ledger()).map((row) => row.identifier),
    [null, null],
  );
});

test('records of another source or tenant are not met', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const otherSource = await startImport(orm, { tenantId: first.tenantId });
  const otherTenant = await startImport(orm, { sourceId: first.sourceId });
  assert.equal((await otherSource.commit([ada])).counters.created, 1);
  assert.equal((await otherTenant.commit([ada])).counters.created, 1);
});

test('a record that a person removed is made again', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada, { ...ada, external_id: '9' }]);
  await pool.query('delete from "target"."customer_users" where "tenant_id" = $1', [first.tenantId]);
  const again = await startImport(orm, { ...first, detect: ['email'] });
  const { counters } = await again.commit([ada, { ...ada, external_id: '9' }]);
  assert.deepEqual(counters, { created: 1, updated: 0, skipped: 1, failed: 0, duplicates: 1 });
});
