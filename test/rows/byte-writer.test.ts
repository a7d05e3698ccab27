import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { ByteWriter } from '../../src/rows/byte-writer.ts';
import { seeded } from '../support/seeded.ts';

test('numbers are written in network order', () => {
  const random = seeded(1);
  const writer = new ByteWriter();
  const edges = [0, 1, -1, 255, 256, 2 ** 31 - 1, -(2 ** 31)];
  const large = [...edges, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, random.below(2 ** 31) * 4_096];
  for (const number of edges) {
    const expected = Buffer.alloc(4);
    expected.writeInt32BE(number);
    assert.deepEqual(writer.int32(number).copy(), expected);
  }
  for (const number of large) {
    const expected = Buffer.alloc(8);
    expected.writeBigInt64BE(BigInt(number));
    assert.deepEqual([writer.int64(number).copy(), writer.bigint64(BigInt(number)).copy()], [expected, expected]);
  }
  assert.equal(writer.int16(-1).int16(258).byte(7).copy().toString('hex'), 'ffff010207');
});

test('bytes in hex are a value, with or without hyphens', () => {
  const writer = new ByteWriter();
  assert.equal(writer.hex('00fFA9').hex(null).copy().toString('hex'), '0000000300ffa9ffffffff');
  const uuid = '01234567-89ab-7cde-8f01-23456789abcd';
  assert.equal(writer.hex(uuid, 4).copy().toString('hex'), `00000010${uuid.replaceAll('-', '')}`);
});

test('bytes are taken as text exactly when they are UTF-8, however long they are', () => {
  const random = seeded(2);
  const writer = new ByteWriter();
  for (let round = 0; round < 20_000; round++) {
    const length = random.below(random.chance(0.2) ? 120 : 12);
    const least = random.chance(0.5) ? 0x20 : 0xa0;
    const bytes = random.chance(0.3)
      ? Buffer.from('é😀x'.repeat(length))
      : Buffer.from(
          Array.from({ length }, () => (random.chance(0.1) ? random.between(least, 255) : random.between(32, 126))),
        );
    const among = Buffer.concat([Buffer.from('<'), bytes, Buffer.from('>')]);
    const expected = Buffer.alloc(4);
    expected.writeInt32BE(bytes.length);
    assert.equal(writer.utf8(among, 1, bytes.length), isUtf8(bytes));
    assert.deepEqual(writer.copy(), isUtf8(bytes) ? Buffer.concat([expected, bytes]) : Buffer.alloc(0));
  }
});

test('what was taken stays as it is while the next bytes are written, unless its memory is given away', () => {
  const writer = new ByteWriter();
  const long = Buffer.alloc(100_000, 'x');
  const first = writer.copied(long, 0, long.length).take();
  const second = writer.text('second').take();
  assert.ok(first.equals(long));
  writer.take(first);
  writer.text('third');
  assert.deepEqual([first.toString('utf8', 4, 9), second.toString('utf8', 4)], ['third', 'second']);
});
