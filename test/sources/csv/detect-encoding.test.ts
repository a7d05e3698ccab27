import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { wholeSample } from '../../../src/sources/csv/csv-sample.ts';
import { createDecoder, encodingNamed } from '../../../src/sources/text/decoder.ts';
import { detectEncoding } from '../../../src/sources/csv/encoding/detect-encoding.ts';
import { testData } from '../../support/test-data.ts';
import { encoded, SAMPLES } from './encoding-samples.ts';

const folder = testData('encodings');

describe('the encoding of a text', () => {
  for (const { language, text, encodings } of SAMPLES) {
    test(`is told for a few lines of ${language}`, () => {
      for (const encoding of encodings) {
        const bytes = encoded(text, encoding);
        const found = detectEncoding(wholeSample(bytes), null);
        assert.equal(createDecoder(found.encoding).decode(bytes), text, `${encoding}: ${JSON.stringify(found)}`);
        assert.equal(found.confidence > 0.5, true, `${encoding}: ${JSON.stringify(found)}`);
      }
    });
  }

  test('is told for lists of countries, equal to what is known of them', { skip: folder.skip }, () => {
    for (const file of readdirSync(folder.path)) {
      const bytes = readFileSync(`${folder.path}/${file}`);
      const { encoding, confidence, bomBytes } = detectEncoding(wholeSample(bytes), null);
      const lines = new Set(
        readFileSync(`${folder.path}/${file.slice(0, file.indexOf('.', 10))}.utf-8.csv`, 'utf8').split('\n'),
      );
      const text = createDecoder(encoding).decode(bytes.subarray(bomBytes));
      assert.deepEqual(
        text.split('\n').filter((line) => !lines.has(line)),
        [],
        `${file}: ${encoding}`,
      );
      assert.equal(confidence > 0.7, true, file);
    }
  });

  test('is told by a byte order mark, by zeros, or by escape sequences', () => {
    const utf16 = Buffer.from('a,b\nx,漢字\n', 'utf16le');
    const found = (bytes: Buffer, given: string | null = null) => {
      const { encoding, bomBytes } = detectEncoding(wholeSample(bytes), given);
      return { encoding, bomBytes };
    };
    assert.deepEqual(found(utf16), { encoding: 'utf-16le', bomBytes: 0 });
    assert.deepEqual(found(Buffer.from(utf16).swap16()), { encoding: 'utf-16be', bomBytes: 0 });
    assert.deepEqual(found(Buffer.from('\uFEFFa', 'utf16le')), { encoding: 'utf-16le', bomBytes: 2 });
    assert.deepEqual(found(Buffer.from('\uFEFFa'), 'windows-1252'), { encoding: 'utf-8', bomBytes: 3 });
    assert.deepEqual(found(Buffer.from('\u001b$B;3ED\u001b(B,1')), { encoding: 'iso-2022-jp', bomBytes: 0 });
    assert.throws(() => detectEncoding(wholeSample(Buffer.from([0xff, 0xfe, 0, 0, 97, 0, 0, 0])), null), /UTF-32/);
  });

  test('is UTF-8 where some bytes are broken, or a character is cut off at the end of what is known', () => {
    const text = Buffer.from('é'.repeat(100));
    assert.equal(detectEncoding({ ...wholeSample(text.subarray(0, -1)), whole: false }, null).encoding, 'utf-8');
    assert.equal(
      detectEncoding(wholeSample(Buffer.concat([text, Buffer.from([0x2c, 0xe9, 0x2c])])), null).encoding,
      'utf-8',
    );
    assert.deepEqual(detectEncoding({ ...wholeSample(Buffer.from('a,b\n')), searched: false }, null).confidence, 0.9);
    assert.deepEqual(detectEncoding(wholeSample(Buffer.from('a,b\n')), null).confidence, 1);
  });

  test('may be given by any of its names, and a name that is none is refused', () => {
    const names = [
      'latin1',
      'ISO-8859-1',
      'CP1252',
      'utf8',
      'utf_8',
      'cp850',
      'IBM850',
      'cp932',
      'Shift_JIS',
      'gb2312',
      'mac_roman',
    ];
    assert.deepEqual(names.map(encodingNamed), [
      'windows-1252',
      'windows-1252',
      'windows-1252',
      'utf-8',
      'utf-8',
      'cp850',
      'cp850',
      'shift_jis',
      'shift_jis',
      'gbk',
      'macintosh',
    ]);
    assert.equal(encodingNamed('constructor'), null);
    assert.deepEqual(detectEncoding(wholeSample(Buffer.from([0xe9])), 'cp850').confidence, 1);
    assert.throws(() => detectEncoding(wholeSample(Buffer.from('a')), 'klingon'), /encoding "klingon" is not known/);
  });
});
