import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
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
