import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactKeyOf, exactKeys, normaliseExact } from '../../src/rows/exact-keys.ts';
import { customerUsers } from '../../src/targets/customer-users.ts';

const index = (name: string): number => customerUsers.fields.findIndex((field) => field.name === name);

function row(values: Readonly<Record<string, string>>): (string | null)[] {
  return customerUsers.fields.map((field) => values[field.name] ?? null);
}

test('what identifies by itself is a key of its own, the rest counts together', () => {
  assert.deepEqual(exactKeys(customerUsers, ['birth_date', 'email', 'first_name', 'phone']), [
    { fields: ['email'], indexes: [index('email')] },
    { fields: ['phone'], indexes: [index('phone')] },
    { fields: ['first_name', 'birth_date'], indexes: [index('first_name'), index('birth_date')] },
  ]);
});

test('external_id and fields of other targets are no keys', () => {
  assert.deepEqual(exactKeys(customerUsers, ['external_id', 'subject']), []);
});

test('a key disregards case and blanks, and has no text when one of its fields is empty', () => {
  const [key] = exactKeys(customerUsers, ['first_name', 'last_name']);
  assert.ok(key);
  assert.equal(exactKeyOf(key, row({ first_name: ' Ada  ', last_name: 'LOVE \n lace' })), 'ada\u001flove lace');
  assert.equal(exactKeyOf(key, row({ first_name: 'Ada' })), null);
  assert.equal(exactKeyOf(key, row({ first_name: 'Ada', last_name: ' \t ' })), null);
});

test('blanks of every script are blanks', () => {
  assert.equal(normaliseExact('\u00a0Ada\u2003\u3000King\ufeff'), 'ada king');
});
