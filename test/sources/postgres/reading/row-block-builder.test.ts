import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceRow } from '../../../../src/domain/source.ts';
import { RowBlockBuilder } from '../../../../src/sources/postgres/reading/row-block-builder.ts';
import { seeded } from '../../../support/seeded.ts';

/** A row as the body of a DataRow message. */
function dataRow(row: SourceRow): Buffer {
  const parts = row.map((value) => {
    const bytes = value === null ? Buffer.alloc(0) : Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(row.length);
  return Buffer.concat([count, ...parts]);
}

test('rows come out of a block as they went in, also over the memory of an earlier one', () => {
  const random = seeded(1);
  const text = (): string =>
    Array.from({ length: random.below(40) }, () => random.pick(['a', 'é', '😀', '\0'])).join('');
  let builder = new RowBlockBuilder();
  for (let round = 0; round < 20; round++) {
    const width = random.below(20);
    const rows = Array.from({ length: random.below(700) }, () =>
      Array.from({ length: width }, () => (random.chance(0.2) ? null : text())),
    );
    for (const row of rows) {
      // A message lies somewhere among others.
      const body = Buffer.concat([Buffer.alloc(7, 0xff), dataRow(row), Buffer.alloc(5, 0xff)]);
      assert.ok(builder.add(body, 7, body.length - 5));
    }
    const block = builder.build();
    assert.deepEqual([block.length, block.rows()], [rows.length, rows]);
    assert.deepEqual(block.after(3).rows(), rows.slice(3));
    builder = new RowBlockBuilder(block);
  }
});

test('what is no row is refused: nothing of it may be read beyond its own bytes', () => {
  const whole = dataRow(['abc', null, 'd']);
  const builder = new RowBlockBuilder();
  assert.ok(builder.add(whole, 0, whole.length));
  const beyond = Buffer.from(whole);
  beyond.writeInt32BE(1_000, 2);
  const negative = Buffer.from(whole);
  negative.writeInt32BE(-2, 2);
  const wrong = {
    'a value that goes beyond the end': beyond,
    'a value of negative length': negative,
    'fewer columns': dataRow(['abc', null]),
    'more columns': dataRow(['abc', null, 'd', 'e']),
    'bytes after the last value': Buffer.concat([whole, Buffer.from('x')]),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(wrong)) assert.ok(!builder.add(bytes, 0, bytes.length), what);
  assert.deepEqual(builder.build().rows(), [['abc', null, 'd']]);
});
