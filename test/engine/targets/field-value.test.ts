import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TargetField } from '../../../src/domain/target.ts';
import { givenValue, shownValue } from '../../../src/engine/targets/field-value.ts';

describe('a value as it is shown', () => {
  for (const [type, text, shown] of [
    ['text', '', ''],
    ['text', null, null],
    ['integer', '9007199254740991', 9_007_199_254_740_991],
    ['integer', '9007199254740993', '9007199254740993'],
    ['numeric', '1.50', 1.5],
    ['numeric', '-0.10', -0.1],
    ['numeric', '100', 100],
    ['numeric', '0.1234567890123456789', '0.1234567890123456789'],
    ['numeric', 'NaN', 'NaN'],
    ['numeric', '1000000000000000000000', '1000000000000000000000'],
    ['boolean', 'true', true],
    ['boolean', 'f', false],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamptz', '2024-03-01 10:00:00+00', '2024-03-01T10:00:00.000Z'],
    ['timestamptz', '2024-03-01 10:00:00.5+05:30', '2024-03-01T04:30:00.500Z'],
    ['timestamptz', '2024-03-01 10:00:00.123456-08', '2024-03-01T18:00:00.123456Z'],
    ['timestamptz', 'infinity', 'infinity'],
    ['timestamptz', '0044-03-15 00:00:00+00 BC', '0044-03-15 00:00:00+00 BC'],
  ] as const) {
    test(`${type} ${text}`, () => {
      assert.deepEqual(shownValue(type, text), shown);
    });
  }
});

describe('a value as it is given', () => {
  const field = (type: TargetField['type']): TargetField => ({ name: 'f', column: 'f', type, required: false });
  for (const [type, given, result] of [
    ['text', 'x', { text: 'x' }],
    ['text', '', { text: '' }],
    ['text', null, { text: null }],
    ['text', 7, { mistake: 'The f field must be a string.' }],
    ['text', ['x'], { mistake: 'The f field must be a single value.' }],
    ['text', 'a\0b', { mistake: 'The f field contains a character that cannot be stored.' }],
    ['integer', 7, { text: '7' }],
    ['numeric', '1.50', { text: '1.50' }],
    ['numeric', '', { text: null }],
    ['numeric', 'many', { mistake: 'The f field must be a number.' }],
    ['boolean', true, { text: 't' }],
    ['date', '2024-02-30', { mistake: 'The f field must be a date of the form YYYY-MM-DD.' }],
    ['reference', '7', { mistake: "The f field must be a record's id." }],
  ] as const) {
    test(`${type} ${JSON.stringify(given)}`, () => {
      assert.deepEqual(givenValue(field(type), given), result);
    });
  }
});
