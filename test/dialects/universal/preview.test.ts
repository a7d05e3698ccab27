import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DOCUMENTED, EXAMPLE } from './documented-source.ts';
import { listed, makeSource, onDatabase, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;
let id: string;

const FULL = {
  ...EXAMPLE,
  fields: [
    ...EXAMPLE.fields,
    { source: 'emails.email', target: 'email', transformation: 'direct' },
    { source: 'customers.company', target: 'company', transformation: 'direct' },
  ],
};

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource(DOCUMENTED);
  const { body } = await owner.ask('POST', '/profiles', { name: 'Documented', ...source.fields });
  id = said(body['profile']?.['id']);
});

after(async () => {
  await universal.close();
  await source.drop();
});

describe('GET /profiles/{id}/preview', () => {
  before(async () => {
    await owner.ask('POST', `/profiles/${id}/queries`, FULL);
  });

  test('shows the first rows of the import as the document prints them', async () => {
    const { status, body } = await owner.ask('GET', `/profiles/${id}/preview?query_type=customer_users&limit=1`);
    assert.equal(status, 200, JSON.stringify(body));
    const sql = said(body['customer_users']?.['query']?.['sql']);
    assert.match(
      sql,
      /^SELECT customers\.id as external_id, CONCAT\(customers\.first_name, ' ', customers\.last_name\) as name/u,
    );
    assert.deepEqual(body, {
      customer_users: {
        query: { sql, estimated_count: 2 },
        sample_data: [{ external_id: 1, name: 'Jane Smith', email: 'jane@client.com', company: 'Client Corp' }],
        field_mapping: {
          external_id: 'customers.id',
          name: "CONCAT(customers.first_name, ' ', customers.last_name)",
          email: 'emails.email',
          company: 'customers.company',
        },
        applied_filters: ["created_at >= '2024-01-01'", "emails.type = 'work'"],
      },
    });
  });

  test('shows all the profile has queries for', async () => {
    const { body } = await owner.ask('GET', `/profiles/${id}/preview`);
    assert.deepEqual(Object.keys(body), ['customer_users']);
    assert.equal(listed(body['customer_users']?.['sample_data']).length, 2);
  });

  test('names the place in a saved query that does not fit the source any more', async () => {
    const made = await owner.ask('POST', '/profiles', { name: 'Changed', ...source.fields });
    const changed = said(made.body['profile']?.['id']);
    await onDatabase(source.url, [
      'create table passing (id integer primary key, name text)',
      `grant select on passing to ${source.fields.username}`,
    ]);
    const saved = await owner.ask('POST', `/profiles/${changed}/queries`, {
      base_table: 'passing',
      fields: [
        { source: 'passing.id', target: 'external_id' },
        { source: 'passing.name', target: 'name' },
      ],
      target_type: 'agents',
    });
    assert.equal(saved.status, 200);
    await onDatabase(source.url, ['alter table passing drop column name']);
    const { status, body } = await owner.ask('GET', `/profiles/${changed}/preview`);
    assert.deepEqual([status, Object.keys(body['errors'] ?? {})], [422, ['agents.fields.1.source']]);
    await onDatabase(source.url, ['drop table passing']);
  });

  test('shows the beginning of long values and says which, and how many rows it leaves out', async () => {
    const { body: made } = await owner.ask('POST', '/profiles', { name: 'Wide', ...source.fields });
    const wide = said(made['profile']?.['id']);
    await onDatabase(source.url, [
      'create table wide (id integer primary key, notes text, city text)',
      `insert into wide values (1, repeat('x', 1000000), 'Kassel'), (2, 'short', repeat('ä', 10001))`,
      `grant select on wide to ${source.fields.username}`,
    ]);
    const fields = ['id as external_id', 'notes', 'city'].map((field) => field.split(' as '));
    await owner.ask('POST', `/profiles/${wide}/queries`, {
      base_table: 'wide',
      fields: fields.map(([name, target = name]) => ({ source: `wide.${name}`, target })),
      target_type: 'customer_users',
    });
    const { status, body } = await owner.ask('GET', `/profiles/${wide}/preview`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body['customer_users']?.['sample_data'], [
      { external_id: 1, notes: 'x'.repeat(10_000), city: 'Kassel' },
      { external_id: 2, notes: 'short', city: 'ä'.repeat(10_000) },
    ]);
    assert.deepEqual(body['customer_users']?.['sample_cut'], {
      rows_left_out: 0,
      shortened_values: [
        { row_number: 1, field: 'notes', bytes: 1_000_000 },
        { row_number: 2, field: 'city', bytes: 20_002 },
      ],
    });
    await onDatabase(source.url, ['drop table wide']);
  });

  test('ends where it has read enough, says how many rows are missing, and goes on with the next type', async () => {
    const { body: made } = await owner.ask('POST', '/profiles', { name: 'Large', ...source.fields });
    const large = said(made['profile']?.['id']);
    await onDatabase(source.url, [
      'create table large (id integer primary key, notes text)',
      `insert into large select n, repeat('x', 1000000) from generate_series(1, 60) as n`,
      `grant select on large to ${source.fields.username}`,
    ]);
    const query = {
      base_table: 'large',
      fields: [
        { source: 'large.id', target: 'external_id' },
        { source: 'large.notes', target: 'notes' },
      ],
    };
    await owner.ask('POST', `/profiles/${large}/queries`, { ...query, target_type: 'customer_users' });
    await owner.ask('POST', `/profiles/${large}/queries`, { ...EXAMPLE, target_type: 'agents' });
    const { status, body } = await owner.ask('GET', `/profiles/${large}/preview?limit=50`);
    assert.equal(status, 200, JSON.stringify(body));
    const { sample_data: rows, sample_cut: cut, query: told } = body['customer_users'] ?? {};
    const shown = listed(rows).length;
    assert.ok(shown > 0 && shown < 50);
    assert.deepEqual([cut?.['rows_left_out'], listed(cut?.['shortened_values']).length], [50 - shown, shown]);
    assert.equal(told?.['estimated_count'], 60);
    assert.equal(listed(body['agents']?.['sample_data']).length, 2);
    assert.equal(body['agents']?.['sample_cut'], undefined);
    await onDatabase(source.url, ['drop table large']);
  });

  test('names a type without a query and a limit out of range', async () => {
    const type = await owner.ask('GET', `/profiles/${id}/preview?query_type=tickets`);
    assert.deepEqual(
      [type.status, type.body['errors']],
      [422, { query_type: ['The profile has no query for tickets.'] }],
    );
    const limit = await owner.ask('GET', `/profiles/${id}/preview?limit=101`);
    assert.deepEqual([limit.status, limit.body['errors']], [422, { limit: ['The limit must be between 1 and 100.'] }]);
  });

  test('says in the source’s words that a value cannot be computed', async () => {
    const fields = [{ source: 'ROUND(1 / (customers.id - 1))', target: 'external_id' }];
    await owner.ask('POST', `/profiles/${id}/queries`, { base_table: 'customers', fields, target_type: 'accounts' });
    const { status, body } = await owner.ask('GET', `/profiles/${id}/preview?query_type=accounts`);
    const errors = { query: ['The source refuses this: division by zero.'] };
    assert.deepEqual([status, body], [422, { message: 'Validation failed', errors }]);
  });
});
