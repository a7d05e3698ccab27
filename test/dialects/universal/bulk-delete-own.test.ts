import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { startBulk } from './bulk-stage.ts';
import type { BulkStage } from './bulk-stage.ts';
import { said } from './universal-app.ts';

let stage: BulkStage;
let profileId: string;

before(async () => {
  stage = await startBulk(`values (1, 'Ada', 'ada@example.com', null)`);
  for (const statement of [
    'create schema shop',
    'create table shop.customers (id integer primary key, name text, email text)',
    'create table shop.orders (no integer primary key, customer integer references shop.customers)',
    'create table shop.cards (no integer primary key, customer integer not null references shop.customers)',
  ])
    await stage.sql(statement);
  const { owner, source } = stage;
  const target = { type: 'shop_customers', label: 'Customers', table: 'shop.customers', identity: ['id'] };
  assert.equal((await owner.ask('POST', '/targets', target)).status, 201);
  const { body } = await owner.ask('POST', '/profiles', { name: 'Into the shop', ...source.fields });
  profileId = said(body['profile']?.['id']);
  const fields = ['id', 'name', 'email'].map((name) => ({ source: `people.${name}`, target: name }));
  const query = { base_table: 'people', fields, target_type: target.type };
  assert.equal((await owner.ask('POST', `/profiles/${profileId}/queries`, query)).status, 200);
});

after(() => stage.close());

beforeEach(async () => {
  await stage.sql('truncate shop.customers, import_records, import_own_records, import_aliases cascade');
  await stage.onSource(
    'truncate people',
    `insert into people (id, name) values (1, 'Ada'), (2, 'Bea'), (3, 'Cid'), (4, 'Dan')`,
  );
});

const customers = (): Promise<unknown[]> => stage.sql('select id, name from shop.customers order by id');
const all = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Bea' },
  { id: 3, name: 'Cid' },
  { id: 4, name: 'Dan' },
];

/** An import whose customers 1 and 2 others refer to: one may let go of his, the other may not. */
async function referred(): Promise<string> {
  const jobId = await stage.run({ profileId });
  assert.deepEqual(await customers(), all);
  await stage.sql('insert into shop.orders values (10, 1), (11, 4)');
  await stage.sql('insert into shop.cards values (20, 2)');
  return jobId;
}

describe('DELETE /records/bulk on an own table', () => {
  test('keeps rows that others refer to, and undoes the others that were chosen', async () => {
    const jobId = await referred();
    const { status, body } = await stage.owner.ask('DELETE', '/records/bulk', {
      record_ids: await stage.ids(jobId, 1, 2, 3),
    });
    assert.deepEqual([status, body['outcomes']], [200, { ...NO_UNDOS, reversed: 1, kept_referenced: 2 }]);
    assert.deepEqual(
      await customers(),
      all.filter(({ id }) => id !== 3),
    );
  });

  test('clears what may be empty where relationships need not be kept, and puts it back when it is undone', async () => {
    const jobId = await referred();
    const { status, body } = await stage.owner.ask('DELETE', '/records/bulk', {
      record_ids: await stage.ids(jobId, 1, 2, 3),
      rollback_options: { rollback_target_records: true, preserve_relationships: false },
    });
    assert.deepEqual([status, body['outcomes']], [200, { ...NO_UNDOS, reversed: 2, kept_referenced: 1 }]);
    assert.deepEqual(await customers(), [all[1], all[3]]);
    assert.deepEqual(await stage.sql('select * from shop.orders order by no'), [
      { no: 10, customer: null },
      { no: 11, customer: 4 },
    ]);

    const redo = await stage.owner.ask('POST', `/jobs/${said(body['job']?.['id'])}/rollback`, {
      confirmation: { understood_consequences: true, backup_created: true },
    });
    await stage.ended(said(redo.body['rollback_job']?.['id']));
    assert.deepEqual(await customers(), all);
    assert.deepEqual(await stage.sql('select * from shop.orders order by no'), [
      { no: 10, customer: 1 },
      { no: 11, customer: 4 },
    ]);
    const records = await stage.records(jobId);
    assert.deepEqual(
      records.map((record) => record['deleted_at']),
      [null, null, null, null],
    );
  });

  test('gives rows that were there before their columns back, and keeps those edited since', async () => {
    await stage.sql(`insert into shop.customers values (1, 'was here', 'a@b'), (2, 'was here', null)`);
    const jobId = await stage.run({ profileId });
    await stage.sql(`update shop.customers set email = 'new' where id = 2`);
    const { body } = await stage.owner.ask('DELETE', '/records/bulk', {
      criteria: { job_id: jobId, import_action: 'updated' },
    });
    assert.deepEqual(body['outcomes'], { ...NO_UNDOS, reversed: 1, kept_edited: 1 });
    assert.deepEqual(await stage.sql('select * from shop.customers order by id'), [
      { id: 1, name: 'was here', email: 'a@b' },
      { id: 2, name: 'Bea', email: 'new' },
      { id: 3, name: 'Cid', email: null },
      { id: 4, name: 'Dan', email: null },
    ]);
  });
});
