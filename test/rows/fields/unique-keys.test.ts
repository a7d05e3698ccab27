import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { repeatedIssue, unknownIssue } from '../../../src/rows/fields/field-issue.ts';
import { uniqueFields, valueBytes } from '../../../src/rows/fields/unique-keys.ts';
import { fieldRule, mapFields, ownSpec } from '../../support/importer-fields.ts';

test('a unique value is known by the bytes it is kept as, an empty one by none', () => {
  const fields = [
    plainField('a'),
    plainField('n', 'integer', { unique: true }),
    plainField('s', 'string', { validations: [fieldRule('unique')] }),
  ];
  const unique = uniqueFields(fields, ownSpec(fields));
  assert.deepEqual(
    unique.map(({ field, place }) => [field.name, place]),
    [
      ['n', 1],
      ['s', 2],
    ],
  );
  const drafts = mapFields(fields, [
    ['x', '007', 'é'],
    [null, '7', null],
  ]);
  const keys = drafts.map((draft) => unique.map(({ place }) => valueBytes(draft, place)?.toString() ?? null));
  assert.deepEqual(keys, [
    ['7', 'é'],
    ['7', null],
  ]);
});

test('a repeated value and an unknown one are told, in words of the field or the rule where it has some', () => {
  const plain = plainField('a', 'string', { unique: true });
  assert.equal(repeatedIssue(plain, 'x').message, 'The a is there more than once in the file.');
  const ruled = plainField('a', 'string', { validations: [fieldRule('unique', null, 'Twice!')] });
  assert.deepEqual(repeatedIssue(ruled, 'x'), {
    field: 'a',
    code: 'duplicate',
    message: 'Twice!',
    value: 'x',
    fatal: true,
  });
  const worded = plainField('a', 'string', { messages: { unknown: ':attribute? :value :attribute' } });
  assert.equal(unknownIssue(worded, ':attribute', 'ours').message, 'a? :attribute a');
  assert.equal(unknownIssue(plain, 'x', 'ours').message, 'ours');
});
