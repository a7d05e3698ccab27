import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import { SOURCE_KEY } from '../../src/domain/target.ts';
import type { OwnSpec } from '../../src/domain/target.ts';
import { identifierFieldOf } from '../../src/rows/identifier-field.ts';
import { customerUsers } from '../../src/targets/customer-users.ts';

const QUERY: QueryConfiguration = {
  baseTable: 'public.customers',
  joins: [],
  fields: [
    { source: 'customers.id::text', target: 'external_id' },
    { source: '"email"', target: 'email' },
    { source: 'customers.nick', target: 'nowhere' },
    { source: 'customers.phone', target: 'phone' },
  ],
  filters: [],
  targetType: 'customer_users',
};

const named = (sourceIdentifierField: string | null, baseTable = QUERY.baseTable): string | null =>
  identifierFieldOf(
    { ...DEFAULT_MODE, sourceIdentifierField },
    {
      spec: customerUsers,
      query: { ...QUERY, baseTable },
    },
  );

test('rows are identified by external_id unless the job says otherwise', () => {
  assert.equal(named(null), 'external_id');
});

test('the field may be named by itself or by the column that fills it', () => {
  assert.equal(named('email'), 'email');
  assert.equal(named('customers.phone'), 'phone');
  assert.equal(named('phone', 'customers'), 'phone');
  assert.equal(named('id', 'customers'), 'external_id');
  assert.equal(named('customers.id'), 'external_id');
  assert.equal(named('ID', 'customers as customers'), 'external_id');
});

test('the column of a table named with its schema is found by its own name', () => {
  assert.equal(named('id'), 'external_id');
  assert.equal(named('customers.email'), 'email');
  assert.equal(named('public.customers.phone'), 'phone');
  assert.equal(named('phone', '"public"."customers"'), 'phone');
});

test('a field that the query does not fill, or the target does not have, is none', () => {
  assert.equal(named('company'), null);
  assert.equal(named('nowhere'), null);
  assert.equal(named('customers.nick'), null);
  assert.equal(named('nonsense'), null);
});

test('an identity that the query leaves to the table is replaced by the key in the source, if the table fills it', () => {
  const column = { declared: 'integer', cast: 'integer', notNull: true, always: false, scale: null, zoneless: false };
  const spec = (filled: boolean): OwnSpec => ({
    ...customerUsers,
    identity: ['id'],
    fields: [{ name: 'id', column: 'id', type: 'integer', required: false, own: { ...column, filled } }],
    own: { number: 1, key: [{ column: 'id', cast: 'integer' }], uniques: [], foreignKeys: [] },
  });
  const known = (target: OwnSpec, fields: QueryConfiguration['fields']): string | null =>
    identifierFieldOf(DEFAULT_MODE, { spec: target, query: { ...QUERY, fields } });
  const filling = [{ source: 'customers.id', target: 'id' }];
  assert.deepEqual([known(spec(true), filling), known(spec(false), filling)], ['id', 'id']);
  assert.deepEqual([known(spec(true), []), known(spec(false), [])], [SOURCE_KEY, null]);
});
