import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf } from '../../support/customers.ts';
import { filled, recordsOf, startImport } from '../../support/records.ts';
import type { TargetRow, TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const records = (of: TestImport): Promise<TargetRow[]> => recordsOf(pool, of.spec, of.tenantId);

const ada = { external_id: 'a1', name: 'Ada', email: 'ada@x', phone: '1' };
const twin = { external_id: 'b7', name: 'Ada King', email: 'Ada@X', company: 'Babbage', phone: '' };

test('a duplicate is merged: it adds what it has, and the record keeps belonging to the row that made it', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada]);
  const [before] = await records(first);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  const { counters } = await job.commit([twin]);
  assert.deepEqual(counters, { created: 0, updated: 1, skipped: 0, failed: 0, duplicates: 1 });
  const [after, ...others] = await records(first);
  assert.deepEqual(others, []);
  const merged = { external_id: 'a1', name: 'Ada King', email: 'Ada@X', phone: '1', company: 'Babbage' };
  assert.deepEqual(filled(after?.values ?? {}), merged);
  assert.equal(after?.hash, before?.hash);
  assert.deepEqual(await job.ledger(), [
    {
      row: 1,
      identifier: 'b7',
      hash: hashOf(twin),
      target: before?.id,
      action: 'updated',
      duplicateOf: before?.id,
      matched: { strategy: 'exact', confidence: 100, fields: { email: { confidence: 100, matchedValue: 'Ada@X' } } },
      before: { ...before?.values, source_hash: before?.hash },
      afterHash: hashOf(merged),
    },
  ]);
});

test('after a merge both rows are known: a second import of both changes nothing', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada, twin]);
  const made = await records(first);
  assert.equal(made.length, 1);
  for (const detect of [['email'], undefined]) {
    const again = await startImport(orm, { ...first, ...(detect ? { detect } : {}) });
    assert.deepEqual((await again.commit([twin, ada])).counters, {
      created: 0,
      updated: 0,
      skipped: 2,
      failed: 0,
      duplicates: 0,
    });
    assert.deepEqual(await records(first), made);
  }
});

test('a merged row that changes is merged again, and its owner still overwrites the whole record', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada, twin]);
  const second = await startImport(orm, first);
  await second.commit([{ ...twin, company: null, job_title: 'Countess' }]);
  const [merged] = await records(first);
  assert.deepEqual(filled(merged?.values ?? {}), { ...twin, external_id: 'a1', phone: '1', job_title: 'Countess' });
  const third = await startImport(orm, first);
  const owner = { external_id: 'a1', name: 'A. King' };
  await third.commit([owner]);
  const [owned] = await records(first);
  assert.deepEqual([filled(owned?.values ?? {}), owned?.hash], [owner, hashOf(owner)]);
});

test('an owner who comes after a merge in the same chunk overwrites it, empty values too', async () => {
  const first = await startImport(orm, { detect: ['email'] });
  await first.commit([ada]);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  const owner = { external_id: 'a1', name: 'A. King' };
  assert.deepEqual((await job.commit([twin, owner])).counters, {
    created: 0,
    updated: 2,
    skipped: 0,
    failed: 0,
    duplicates: 1,
  });
  const [record] = await records(first);
  assert.deepEqual([filled(record?.values ?? {}), record?.hash], [owner, hashOf(owner)]);
  const [, second] = await job.ledger();
  assert.deepEqual(filled(second?.before ?? {}), {
    ...twin,
    external_id: 'a1',
    phone: '1',
    source_hash: hashOf(ada),
  });
});

test('records of other sources of the tenant are met, those of other tenants are not', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const otherSource = await startImport(orm, { tenantId: first.tenantId, detect: ['email'] });
  assert.equal((await otherSource.commit([{ ...twin, external_id: 'a1' }])).counters.updated, 1);
  const [record] = await records(first);
  assert.equal(record?.values['name'], 'Ada King');
  const otherTenant = await startImport(orm, { detect: ['email'] });
  assert.equal((await otherTenant.commit([twin])).counters.created, 1);
});

test('the oldest record with a key is the one that is met', async () => {
  const first = await startImport(orm);
  await first.commit([ada, { ...ada, external_id: 'a2' }, { ...ada, external_id: 'a3' }]);
  const [oldest] = await records(first);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  await job.commit([twin]);
  assert.equal((await job.ledger())[0]?.target, oldest?.id);
});

test('with skip_duplicates a duplicate is told and left alone; without update_duplicates it becomes a record of its own', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const [made] = await records(first);
  const skipping = await startImport(orm, { ...first, detect: ['email'], mode: { skipDuplicates: true } });
  assert.deepEqual((await skipping.commit([twin])).counters, {
    created: 0,
    updated: 0,
    skipped: 1,
    failed: 0,
    duplicates: 1,
  });
  assert.deepEqual(await records(first), [made]);
  const creating = await startImport(orm, { ...first, detect: ['email'], mode: { updateDuplicates: false } });
  assert.deepEqual((await creating.commit([twin])).counters, {
    created: 1,
    updated: 0,
    skipped: 0,
    failed: 0,
    duplicates: 1,
  });
  const [kept, own] = await records(first);
  assert.deepEqual([kept, filled(own?.values ?? {})], [made, twin]);
  assert.equal((await creating.ledger())[0]?.duplicateOf, made?.id);
});

test('rows are the same person by name and day of birth together', async () => {
  const first = await startImport(orm);
  await first.commit([{ external_id: '1', name: 'Ada', birth_date: '1815-12-10' }]);
  const job = await startImport(orm, { ...first, detect: ['name', 'birth_date'] });
  const { counters } = await job.commit([
    { external_id: '2', name: ' ADA', birth_date: '1815-12-10', notes: 'merged' },
    { external_id: '3', name: 'Ada', birth_date: '1815-12-11' },
    { external_id: '4', name: 'Ada' },
  ]);
  assert.deepEqual(counters, { created: 2, updated: 1, skipped: 0, failed: 0, duplicates: 1 });
});

test('a row may be identified by another field than external_id, and then owns its record as well', async () => {
  const by = { identifierField: 'email', writtenFields: ['email', 'name', 'phone'] };
  const first = await startImport(orm, by);
  await first.commit([
    { email: 'ada@x', name: 'Ada', phone: '1' },
    { email: 'bob@x', name: 'Bob' },
  ]);
  const again = await startImport(orm, { ...first, ...by });
  const { counters } = await again.commit([
    { email: 'ada@x', name: 'Ada King' },
    { email: 'bob@x', name: 'Bob' },
    { email: 'cyd@x' },
  ]);
  assert.deepEqual(counters, { created: 1, updated: 1, skipped: 1, failed: 0, duplicates: 0 });
  const [record] = await records(first);
  assert.deepEqual(filled(record?.values ?? {}), { email: 'ada@x', name: 'Ada King' });
  const third = await startImport(orm, { ...first, ...by });
  assert.equal((await third.commit([{ email: 'ada@x', name: 'Ada King' }])).counters.skipped, 1);
});

test('an identifier of one field is not taken for the same text in another', async () => {
  const first = await startImport(orm);
  await first.commit([{ external_id: '12', phone: '7' }]);
  const byPhone = await startImport(orm, { ...first, identifierField: 'phone', writtenFields: ['phone', 'name'] });
  assert.deepEqual((await byPhone.commit([{ phone: '12', name: 'Bob' }])).counters.created, 1);
  const again = await startImport(orm, first);
  assert.deepEqual((await again.commit([{ external_id: '12', phone: '7' }])).counters.skipped, 1);
});
