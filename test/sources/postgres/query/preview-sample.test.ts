import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RowBlock } from '../../../../src/domain/row-block.ts';
import { createSampler, SHOWN_CHARACTERS } from '../../../../src/sources/postgres/query/preview-sample.ts';
import type { Sample } from '../../../../src/sources/postgres/query/preview-sample.ts';

function sampleOf(width: number, ...blocks: (string | null)[][][]): Sample {
  const sampler = createSampler(width);
  for (const block of blocks) sampler.add(RowBlock.of(block));
  return sampler.sample();
}

describe('a sample of rows', () => {
  test('is all of them as they are, without what only the order needs', () => {
    assert.deepEqual(sampleOf(2, [['1', null, 'key']], [['2', '', 'key']]), {
      rows: [
        ['1', null],
        ['2', ''],
      ],
      shortened: [],
      rowsLeftOut: 0,
    });
  });

  test('shows the beginning of a long value, whole characters of it', () => {
    const longest = 'ü'.repeat(SHOWN_CHARACTERS);
    assert.deepEqual(sampleOf(1, [[longest]]), { rows: [[longest]], shortened: [], rowsLeftOut: 0 });
    const odd = `x${'😀'.repeat(SHOWN_CHARACTERS)}`;
    const { rows, shortened } = sampleOf(2, [['1', odd]]);
    assert.deepEqual(rows, [['1', `x${'😀'.repeat(SHOWN_CHARACTERS / 2 - 1)}`]]);
    assert.deepEqual(shortened, [{ row: 0, column: 1, bytes: 1 + 4 * SHOWN_CHARACTERS }]);
  });

  test('ends where it is large enough, and counts what it leaves out', () => {
    const wide = Array.from({ length: 50 }, () => 'x'.repeat(SHOWN_CHARACTERS));
    const { rows, shortened, rowsLeftOut } = sampleOf(50, [wide, wide, wide], [wide, wide], [wide]);
    assert.deepEqual([rows.length, shortened.length, rowsLeftOut], [4, 0, 2]);
  });
});
