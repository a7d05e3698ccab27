import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExistingRecords } from '../../src/domain/job.ts';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import { candidate } from '../../src/rows/candidate.ts';
import { existingRule } from '../../src/rows/existing-records.ts';
import { plainField } from '../../src/domain/importer.ts';
import { ownSpec } from '../support/importer-fields.ts';

const spec = ownSpec([plainField('id'), plainField('seen', 'number')]);

function isNewer(existing: ExistingRecords, given: string | null, held: string | null): boolean | undefined {
  const row = candidate({ identifier: 'x', values: ['x', given], issues: [] }, 1);
  return existingRule({ ...DEFAULT_MODE, existing }, spec)?.isNewer(row, { values: ['x', held], hash: null });
}

test('a row is newer than a record by more, not by as much, and by anything where the record has nothing', () => {
  const numbers = { rule: 'if_newer', newerBy: 'seen', byNumber: true } as const;
  const pairs = [
    ['10', '9', true],
    ['9', '10', false],
    ['9.0', '9', false],
    ['-2', '-10', true],
    ['12345678901234567890.1', '12345678901234567890.09', true],
    ['1', null, true],
    [null, '1', false],
    [null, null, false],
  ] as const;
  for (const [given, held, expected] of pairs)
    assert.equal(isNewer(numbers, given, held), expected, `${given} than ${held}`);
  const times = { ...numbers, byNumber: false };
  const moments = [
    ['2025-02-01', '2025-01-31', true],
    ['2025-01-31 10:00:00.5+00', '2025-01-31 10:00:00+00', true],
    ['2025-01-31 10:00:00.55+00', '2025-01-31 10:00:00.5+00', true],
    ['2025-01-31 09:59:59.999999+00', '2025-01-31 10:00:00+00', false],
  ] as const;
  for (const [given, held, expected] of moments)
    assert.equal(isNewer(times, given, held), expected, `${given} than ${held}`);
});

test('a row whose record is there is told by the fields of its key', () => {
  const rule = existingRule({ ...DEFAULT_MODE, existing: { rule: 'fail', key: ['email'] } }, spec);
  const row = candidate({ identifier: 'ada@example.com', values: [], issues: [] }, 1);
  assert.deepEqual(rule?.refusal?.(row), {
    field: 'email',
    code: 'duplicate',
    message: "Duplicate entry found for key 'email'.",
    value: 'ada@example.com',
    fatal: true,
  });
});
