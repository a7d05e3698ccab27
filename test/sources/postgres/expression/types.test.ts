import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jsonValue } from '../../../../src/sources/postgres/expression/types.ts';

describe('a value for people', () => {
  test('is a JSON value that says the same, or stays text', () => {
    const values = [
      ['integer', '1', 1],
      ['integer', '9007199254740993', '9007199254740993'],
      ['numeric', '1.5', 1.5],
      ['numeric', '1.50', 1.5],
      ['numeric', '100', 100],
      ['numeric', '0.10000000000000000001', '0.10000000000000000001'],
      ['numeric', 'NaN', 'NaN'],
      ['boolean', 't', true],
      ['boolean', 'f', false],
      ['text', '1', '1'],
      ['json', '{"a":[1]}', { a: [1] }],
      ['timestamp', '2024-01-02 03:04:05.6', '2024-01-02T03:04:05.6'],
      ['timestamptz', '2024-01-02 03:04:05+00', '2024-01-02T03:04:05Z'],
      ['timestamptz', 'infinity', 'infinity'],
      ['date', '2024-01-02', '2024-01-02'],
      ['text', null, null],
    ] as const;
    assert.deepEqual(
      values.map(([family, text]) => jsonValue(family, text)),
      values.map(([, , value]) => value),
    );
  });
});
