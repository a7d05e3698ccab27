import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinBatches, sourceBatchRows } from '../../activities/chunks.ts';
import type { DraftBatch } from '../../activities/chunks.ts';

/** A batch of so many rows and bytes that ends at a key. */
function batch(rows: number, size: number, key: string): DraftBatch {
  const drafts = Array.from({ length: rows }, (_, index) => ({
    identifier: `${key}.${index}`,
    values: [],
    issues: [],
  }));
  return { drafts, size, position: { key: [key], ordinal: 1 } };
}

async function* stream(batches: readonly DraftBatch[]): AsyncGenerator<DraftBatch> {
  yield* batches;
}

async function chunksOf(batches: readonly DraftBatch[], limits: { rows: number; size: number }): Promise<string[]> {
  const chunks: string[] = [];
  for await (const { drafts, position } of joinBatches(stream(batches), limits)) {
    chunks.push(`${drafts.length} to ${position.key.join()}`);
  }
  return chunks;
}

describe('joinBatches', () => {
  test('joins batches up to the rows of a chunk and ends where its last batch ends', async () => {
    const batches = [batch(3, 10, 'a'), batch(3, 10, 'b'), batch(3, 10, 'c'), batch(1, 10, 'd')];
    assert.deepEqual(await chunksOf(batches, { rows: 6, size: 1_000 }), ['6 to b', '4 to d']);
  });

  test('ends a chunk early when its rows are large', async () => {
    const batches = [batch(3, 80, 'a'), batch(3, 80, 'b'), batch(3, 10, 'c')];
    assert.deepEqual(await chunksOf(batches, { rows: 100, size: 100 }), ['3 to a', '6 to c']);
  });

  test('gives a batch that is too large on its own a chunk of its own', async () => {
    const batches = [batch(1, 5, 'a'), batch(1, 500, 'b'), batch(1, 5, 'c')];
    assert.deepEqual(await chunksOf(batches, { rows: 10, size: 100 }), ['1 to a', '1 to b', '1 to c']);
  });

  test('gives nothing for a source without rows', async () => {
    assert.deepEqual(await chunksOf([], { rows: 10, size: 100 }), []);
  });
});

describe('sourceBatchRows', () => {
  test('asks for batches that fill a chunk exactly where it divides, and never for more', () => {
    const asked = [1, 100, 1_000, 1_001, 2_500, 10_000, 100_000].map((rows) => sourceBatchRows(rows));
    assert.deepEqual(asked, [1, 100, 1_000, 500, 833, 1_000, 1_000]);
  });
});
