import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenRangeBytes } from '../../../src/sources/csv/even-ranges.ts';

test('a file is divided into ranges of one size, four at a time where it is large enough', () => {
  const ranges = (size: number): number => Math.ceil(size / evenRangeBytes(size));
  assert.deepEqual([1, 7_999_999, 8_000_000, 13_000_000, 16_000_000].map(ranges), [1, 1, 2, 3, 4]);
  assert.deepEqual([64_000_000, 200_000_000, 200_000_001, 212_000_000].map(ranges), [4, 4, 8, 8]);
});
