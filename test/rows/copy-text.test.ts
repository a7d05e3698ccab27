import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyText } from '../../src/rows/copy-text.ts';
import { seeded } from '../support/seeded.ts';

test('whole numbers, words and hashes are written as COPY reads them', () => {
  const text = new CopyText();
  const numbers = [0, 1, 9, 10, 99, 100, 12_345, 2 ** 31, 2 ** 53 - 1, 999_999_999_999_999, 1_000_000_000_000_000];
  for (const number of numbers) text.integer(number).tab();
  text.word('created').tab().word(null).tab().hash('00ff').tab().hash(null).newline();
  assert.equal(text.take().toString(), `${numbers.join('\t')}\tcreated\t\\N\t\\\\x00ff\t\\N\n`);
});

test('bytes and text are escaped alike, and copied bytes are not', () => {
  const random = seeded(1);
  const text = new CopyText();
  for (let round = 0; round < 2_000; round++) {
    const value = Array.from({ length: random.below(30) }, () =>
      random.pick(['\\', '\t', '\n', '\r', '\b', '\v', 'N', 'é', '😀', '\u2028']),
    ).join('');
    const bytes = Buffer.from(`<${value}>`);
    const asText = text.value(value).copy();
    assert.deepEqual(text.escaped(bytes, 1, bytes.length - 1).copy(), asText);
    assert.deepEqual(text.copied(asText, 0, asText.length).copy(), asText);
  }
});

test('what was taken stays as it is while the next text is written, unless its memory is given away', () => {
  const text = new CopyText();
  const long = 'x'.repeat(100_000);
  const first = text.value(long).take();
  const second = text.value('second').take();
  assert.equal(first.toString(), long);
  text.take(first);
  text.value('third');
  assert.deepEqual([first.toString('utf8', 0, 5), second.toString()], ['third', 'second']);
});
