import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { packRow, rowHash, unpackRow } from '../../src/rows/packed-row.ts';
import { seeded } from '../support/seeded.ts';

test('a row is each value by its length and its UTF-8, null by the length -1', () => {
  assert.equal(packRow(['ab', null, '', 'é']).toString('hex'), '000000026162ffffffff0000000000000002c3a9');
});

test('a packed row gives back the values it was made of, also from among others', () => {
  const random = seeded(6);
  const parts = ['\\', 'N', '\t', '\n', '\u0001', '', 'é', '\u2028', '😀', 'x'.repeat(100), 'ﷺ'.repeat(30)];
  const text = (): string => Array.from({ length: random.below(10) }, () => random.pick(parts)).join('');
  for (let round = 0; round < 5_000; round++) {
    const values = Array.from({ length: random.below(5) }, () => (random.chance(0.2) ? null : text()));
    const packed = packRow(values);
    assert.deepEqual(unpackRow(packed), values);
    const among = Buffer.concat([packRow(['before']), packed, packRow(['after'])]);
    assert.deepEqual(unpackRow(among, 10, 10 + packed.length), values);
  }
});

test('the hash of a row is the SHA-256 of it packed', () => {
  const packed = packRow(['a\tb', null, 'é😀']);
  assert.equal(rowHash(packed), createHash('sha256').update(packed).digest('hex'));
});

test('what is packed of text with half of a surrogate pair is text again', () => {
  assert.deepEqual(unpackRow(packRow(['a\ud800', `${'x'.repeat(100)}\udfff`])), [
    'a\ufffd',
    `${'x'.repeat(100)}\ufffd`,
  ]);
});
