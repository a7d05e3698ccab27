import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectFormat } from '../../../src/sources/csv/detect-format.ts';
import { refuseUntold } from '../../../src/sources/spool/tell-text.ts';
import { seeded } from '../../support/seeded.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const reasonOf = (bytes: Buffer): unknown => refuseUntold(bytes, detectFormat(bytes))?.details['reason'] ?? null;

test('binary data is no text, also where some encoding has a character for each of its bytes', () => {
  const random = seeded(5);
  assert.equal(reasonOf(PNG), 'not_this_format');
  for (const length of [40, 400, 40_000]) {
    const bytes = Buffer.from(Array.from({ length }, () => random.between(0, 255)));
    assert.equal(reasonOf(bytes), 'not_this_format', `${length} bytes`);
  }
});

test('texts are taken, with a NUL in a cell, in two bytes a character, or with one letter beyond ASCII', () => {
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const texts = [
    Buffer.from('a,b\n1,\0\n'),
    Buffer.from('name,city\nAda,London\nBob,Paris\n', 'utf16le'),
    latin1('name,email\nJos\u00e9,jose@example.com\n'),
    latin1('id,price\n1,5\u00a3\n'),
    Buffer.from('名前,都市\n太郎,東京\n'),
    Buffer.from('a\tb\r\n1\u001b\t2\f\r\n'),
  ];
  for (const text of texts) assert.equal(reasonOf(text), null, text.toString('latin1'));
});

test('an encoding that is hardly better than a guess is none', () => {
  const format = { encoding: 'cp850', confidence: 0.39, bomBytes: 0 };
  const refusal = refuseUntold(Buffer.from('name\n\u00e9\n', 'latin1'), format);
  assert.deepEqual(
    [refusal?.code, refusal?.message],
    [
      'source_rejected',
      'The encoding of the file cannot be told from what it holds (the likeliest, cp850, to 39 %): say which it is, or save the file as UTF-8.',
    ],
  );
  assert.equal(refuseUntold(Buffer.from('name\n\u00e9\n', 'latin1'), { ...format, confidence: 0.41 }), null);
});
