import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordId, recordKey } from '../../src/domain/record.ts';
import type { RecordKey } from '../../src/domain/record.ts';
import { isUuid } from '../../src/domain/uuid.ts';
import { seeded } from '../support/seeded.ts';

test('a record’s id is a version 8 uuid that spells its key', () => {
  const key = { jobNumber: 0x12_3456_789a, targetOrdinal: 0xabc, rowNumber: 0x1_2345_6789_abcd };
  assert.equal(recordId(key), '00123456-789a-8abc-8001-23456789abcd');
});

test('keys and ids turn into each other, from the smallest to the largest', () => {
  const random = seeded(6);
  const keys: RecordKey[] = [
    { jobNumber: 1, targetOrdinal: 0, rowNumber: 1 },
    { jobNumber: 2 ** 48 - 1, targetOrdinal: 4_095, rowNumber: Number.MAX_SAFE_INTEGER },
    ...Array.from({ length: 2_000 }, () => ({
      jobNumber: random.below(2 ** random.between(1, 47)) + 1,
      targetOrdinal: random.below(4_096),
      rowNumber: random.below(2 ** random.between(1, 52)) + 1,
    })),
  ];
  const ids = keys.map((key) => recordId(key));
  assert.deepEqual(
    ids.map((id) => recordKey(id)),
    keys,
  );
  assert.deepEqual(
    ids.map((id) => recordKey(id.toUpperCase())),
    keys,
  );
  assert.equal(new Set(ids).size, keys.length);
  assert.ok(ids.every((id) => isUuid(id)));
});

test('ids of a job sort as its rows do', () => {
  const random = seeded(8);
  const keys = Array.from({ length: 500 }, () => ({
    jobNumber: 7,
    targetOrdinal: random.below(5),
    rowNumber: random.below(1e6) + 1,
  }));
  const order = (a: RecordKey, b: RecordKey): number => a.targetOrdinal - b.targetOrdinal || a.rowNumber - b.rowNumber;
  assert.deepEqual(
    keys.toSorted(order).map((key) => recordId(key)),
    keys.map((key) => recordId(key)).toSorted(),
  );
});

test('any other uuid or text is no record id', () => {
  const others = [
    '',
    'nonsense',
    '0b5c3a1e-4a2d-4c1b-9f3e-2a1b3c4d5e6f',
    '01a1fde3-ca15-7440-ac40-da55aaa58200',
    '00000000-0001-8000-9000-000000000001',
    '00000000-0001-8000-8000-00000000000g',
    ' 00000000-0001-8000-8000-000000000001',
    '00000000-0001-8000-8000-000000000001\n',
    '00000000000180008000000000000001',
  ];
  assert.deepEqual(
    others.map((id) => recordKey(id)),
    others.map(() => null),
  );
});

test('an id whose row number no record can have is no record id', () => {
  assert.equal(recordKey('00000000-0001-8000-8fff-ffffffffffff'), null);
});
