import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetSpec } from '../../../src/domain/target.ts';
import { tickets } from '../../../src/targets/tickets.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

/** Which customer each ticket of the tenant refers to. */
async function customersOf(job: TestImport): Promise<(string | null | undefined)[]> {
  return (await recordsOf(pool, tickets, job.tenantId)).map((record) => record.values['customer_user_id']);
}

test('a reference becomes the id of the record that its row became', async () => {
  const users = await startImport(orm);
  await users.commit([{ external_id: 'u1', name: 'Ada' }]);
  const [ada] = await recordsOf(pool, users.spec, users.tenantId);
  const job = await startImport(orm, { spec: tickets, tenantId: users.tenantId, sourceId: users.sourceId });
  const { counters } = await job.commit([
    { external_id: 't1', customer_user_id: 'u1' },
    { external_id: 't2', customer_user_id: 'u9' },
    { external_id: 't3', customer_user_id: '' },
    { external_id: 't4' },
  ]);
  assert.deepEqual(counters, { created: 4, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
  assert.deepEqual(await customersOf(job), [ada?.id, null, null, null]);
  assert.deepEqual(await job.issues(), [
    {
      row: 2,
      field: 'customer_user_id',
      code: 'reference_missing',
      message: 'The customer_user_id field refers to u9, which is not among the imported Customer Users.',
      value: 'u9',
      fatal: false,
    },
  ]);
});

test('a row whose reference must be known fails without it', async () => {
  const strict: TargetSpec = {
    ...tickets,
    fields: tickets.fields.map((field) =>
      field.name === 'customer_user_id' ? { ...field, whenUnknown: 'fail' } : field,
    ),
  };
  const job = await startImport(orm, { spec: strict });
  const { counters } = await job.commit([{ external_id: 't1', customer_user_id: 'u9' }, { external_id: 't2' }]);
  assert.deepEqual(counters, { created: 1, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  assert.deepEqual(
    (await job.issues()).map((issue) => [issue.row, issue.fatal]),
    [[1, true]],
  );
});

test('a reference to a row that was merged leads to the record it was merged into', async () => {
  const users = await startImport(orm, { detect: ['email'] });
  await users.commit([
    { external_id: 'u1', email: 'ada@x' },
    { external_id: 'u2', email: 'ADA@x' },
  ]);
  const [ada] = await recordsOf(pool, users.spec, users.tenantId);
  const job = await startImport(orm, { spec: tickets, tenantId: users.tenantId, sourceId: users.sourceId });
  await job.commit([
    { external_id: 't1', customer_user_id: 'u1' },
    { external_id: 't2', customer_user_id: 'u2' },
  ]);
  assert.deepEqual(await customersOf(job), [ada?.id, ada?.id]);
});

test('a reference found later changes the row, and an unchanged one is skipped', async () => {
  const first = await startImport(orm, { spec: tickets });
  const rows = [{ external_id: 't1', customer_user_id: 'u1' }];
  await first.commit(rows);
  const users = await startImport(orm, { tenantId: first.tenantId, sourceId: first.sourceId });
  await users.commit([{ external_id: 'u1', name: 'Ada' }]);
  const [ada] = await recordsOf(pool, users.spec, users.tenantId);
  const second = await startImport(orm, first);
  assert.equal((await second.commit(rows)).counters.updated, 1);
  assert.deepEqual(await customersOf(second), [ada?.id]);
  const third = await startImport(orm, first);
  assert.equal((await third.commit(rows)).counters.skipped, 1);
});

test('a reference does not lead into another source or tenant', async () => {
  const users = await startImport(orm);
  await users.commit([{ external_id: 'u1', name: 'Ada' }]);
  const otherSource = await startImport(orm, { spec: tickets, tenantId: users.tenantId });
  const otherTenant = await startImport(orm, { spec: tickets, sourceId: users.sourceId });
  for (const job of [otherSource, otherTenant]) {
    await job.commit([{ external_id: 't1', customer_user_id: 'u1' }]);
    assert.deepEqual(await customersOf(job), [null]);
  }
});

test('a field that the job does not write is not looked up', async () => {
  const job = await startImport(orm, { spec: tickets, writtenFields: ['external_id', 'subject'] });
  await job.commit([{ external_id: 't1', subject: 'Hello' }]);
  assert.deepEqual(await job.issues(), []);
});
