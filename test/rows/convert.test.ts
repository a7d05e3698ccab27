import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMN_FAMILIES } from '../../src/domain/source-schema.ts';
import type { ColumnFamily } from '../../src/domain/source-schema.ts';
import { FIELD_TYPES } from '../../src/domain/target.ts';
import { conversion } from '../../src/rows/convert.ts';
import { toDate, toTimestamptz } from '../../src/rows/convert-time.ts';
import { toInteger, toNumeric } from '../../src/rows/convert-number.ts';
import { Misfit } from '../../src/rows/misfit.ts';

test('text is kept as it came, whatever column it comes from, but for booleans', () => {
  const kept = COLUMN_FAMILIES.filter((family) => conversion(family, 'text') === null);
  assert.deepEqual(
    kept,
    COLUMN_FAMILIES.filter((family) => family !== 'boolean'),
  );
});

test('the value of a reference is kept as the text it is in its source', () => {
  assert.deepEqual(
    COLUMN_FAMILIES.filter((family) => conversion(family, 'reference') === null),
    COLUMN_FAMILIES.filter((family) => family !== 'boolean'),
  );
});

test('a boolean becomes the word a person would write', () => {
  const words = conversion('boolean', 'text');
  assert.deepEqual(
    ['t', 'f'].map((value) => words?.(value)),
    ['true', 'false'],
  );
});

test('what a field takes depends on its type, not on the column', () => {
  const rules = { integer: toInteger, numeric: toNumeric, date: toDate, timestamptz: toTimestamptz } as const;
  for (const [type, rule] of Object.entries(rules)) {
    for (const family of COLUMN_FAMILIES) {
      assert.equal(conversion(family, type as keyof typeof rules), rule, `${family} → ${type}`);
    }
  }
});

test('every column has a rule for every type of field', () => {
  for (const family of COLUMN_FAMILIES) {
    for (const type of FIELD_TYPES) assert.notEqual(conversion(family, type), undefined, `${family} → ${type}`);
  }
});

test('the words for true and false are PostgreSQL’s, and anything else is refused', () => {
  const toBoolean = conversion('text' satisfies ColumnFamily, 'boolean');
  assert.ok(toBoolean);
  const yes = ['t', 'T', 'true', 'TRUE', 'yes', 'Y', 'on', '1', ' true '];
  const no = ['f', 'F', 'false', 'no', 'N', 'off', '0', '\tfalse\n'];
  assert.deepEqual(
    [...yes, ...no].map((word) => toBoolean(word)),
    [...yes.map(() => 't'), ...no.map(() => 'f')],
  );
  const misfit = new Misfit('invalid_format', 'must be true or false.');
  const neither = ['', ' ', '2', '-1', '01', 'truth', 'null', 'ja', 'x'];
  assert.deepEqual(
    neither.map((word) => toBoolean(word)),
    neither.map(() => misfit),
  );
});
