import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ISSUE_VALUE } from '../../src/domain/record.ts';
import type { TargetField, TargetSpec } from '../../src/domain/target.ts';
import { compileMapping, shorten } from '../../src/rows/mapping.ts';

const field = (name: string, type: TargetField['type'], required = false): TargetField => ({
  name,
  column: name,
  type,
  required,
});

const SPEC: TargetSpec = {
  type: 'things',
  label: 'Things',
  schema: 'target',
  table: 'things',
  fields: [
    field('code', 'text', true),
    field('name', 'text'),
    field('amount', 'numeric'),
    field('day', 'date'),
    field('on', 'boolean'),
  ],
  identity: ['code'],
  anyOf: ['name', 'amount'],
  builtin: false,
};

const COLUMNS = [
  { field: 'amount', family: 'text' },
  { field: 'code', family: 'text' },
  { field: 'name', family: 'boolean' },
  { field: 'day', family: 'date' },
] as const;

const map = compileMapping(SPEC, COLUMNS);

test('columns land in their fields in the order of the target; a field nothing fills is empty', () => {
  assert.deepEqual(map(['1.50', 'A', 't', '2024-01-02']), {
    values: ['A', 'true', '1.50', '2024-01-02', null],
    issues: [],
  });
});

test('values of text are kept to the last blank', () => {
  assert.deepEqual(map([null, '  A\t\n ', 'f', null]).values, ['  A\t\n ', 'false', null, null, null]);
});

test('empty text is a value of a text field and no value of any other', () => {
  const columns = [...COLUMNS.slice(0, 2), { field: 'name', family: 'text' } as const, ...COLUMNS.slice(3)];
  const row = compileMapping(SPEC, columns)(['', 'A', '', '']);
  assert.deepEqual(row.values, ['A', '', null, null, null]);
});

test('empty text is no identity', () => {
  assert.deepEqual(map(['1', '', 't', null]).values, [null, 'true', '1', null, null]);
});

test('a row shorter than its columns has empty fields', () => {
  assert.deepEqual(map(['1', 'A']), { values: ['A', null, '1', null, null], issues: [] });
});

test('every value that does not fit is named, with the value as it came and an empty field', () => {
  assert.deepEqual(map(['1,50', 'A', 't', '0044-03-15 BC']), {
    values: ['A', 'true', null, null, null],
    issues: [
      {
        field: 'amount',
        code: 'invalid_format',
        message: 'The amount field must be a number.',
        value: '1,50',
        fatal: true,
      },
      {
        field: 'day',
        code: 'out_of_range',
        message: 'The day field must lie between the years 1 and 9999.',
        value: '0044-03-15 BC',
        fatal: true,
      },
    ],
  });
});

test('a required field and one of several that is needed are missed when empty or blank', () => {
  const code = {
    field: 'code',
    code: 'missing_required',
    message: 'The code field is required.',
    value: null,
    fatal: true,
  };
  const either = {
    field: null,
    code: 'missing_required',
    message: 'One of the fields name, amount is required.',
    value: null,
    fatal: true,
  };
  assert.deepEqual(map([null, null, null, null]).issues, [code, either]);
  assert.deepEqual(map(['1', ' \t', null, null]).issues, [code]);
  assert.deepEqual(map([null, 'A', '   ', null]).issues, [either]);
  assert.deepEqual(map([null, 'A', 't', null]).issues, []);
});

test('of two columns for one field the later wins', () => {
  const twice = compileMapping(SPEC, [...COLUMNS, { field: 'code', family: 'text' }]);
  assert.equal(twice(['1', 'first', 't', null, 'second']).values[0], 'second');
});

test('rows do not share what they hold', () => {
  const first = map(['1', 'A', 't', null]);
  first.values[0] = 'changed';
  assert.deepEqual(map(['1', 'A', 't', null]).values, ['A', 'true', '1', null, null]);
});

test('a value is shown cut to what an issue may hold', () => {
  assert.equal(shorten('x'.repeat(MAX_ISSUE_VALUE)), 'x'.repeat(MAX_ISSUE_VALUE));
  assert.equal(shorten('x'.repeat(MAX_ISSUE_VALUE + 1)), `${'x'.repeat(MAX_ISSUE_VALUE - 1)}…`);
  const cut = shorten('😀'.repeat(MAX_ISSUE_VALUE));
  assert.ok(cut.isWellFormed(), 'no half of a character is left');
  assert.ok(cut.length <= MAX_ISSUE_VALUE);
});
