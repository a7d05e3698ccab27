import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateRows } from '../../../src/sources/csv/estimate-rows.ts';

const rowsOf = (text: string): number => estimateRows(Buffer.from(text), Buffer.byteLength(text));

test('of a file that is there as a whole the rows below the header are counted', () => {
  assert.deepEqual(
    ['', 'a,b', 'a,b\n', 'a,b\n1,2', 'a,b\r\n1,2\r\n', 'a\r1\r2', 'a,b\n"1\n\n",2\n3,4\n'].map(rowsOf),
    [0, 0, 0, 1, 1, 2, 2],
  );
});

test('a longer file is taken to go on as it begins', () => {
  const text = `name,email\n${'a name,somebody@example.com\n'.repeat(10_000)}`;
  const estimate = estimateRows(Buffer.from(text).subarray(0, 8_000), text.length);
  assert.ok(Math.abs(estimate - 10_000) < 100, String(estimate));
});
