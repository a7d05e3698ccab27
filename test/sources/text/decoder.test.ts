import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_PAGES } from '../../../src/sources/text/code-pages.ts';
import { createDecoder, encodingNamed } from '../../../src/sources/text/decoder.ts';

test('an encoding is known by every name that people and systems call it', () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    'utf-8': ['UTF8', 'utf-8-sig', 'cp65001', 'US-ASCII'],
    'utf-16le': ['utf16', 'UTF_16_LE', 'ucs-2'],
    'windows-1252': ['latin1', 'ISO-8859-1', '1252', 'cp_1252', 'Windows-1252'],
    cp850: ['cp850', 'IBM850', 'dos-850', '850', 'csIBM850', 'oem_850'],
    ibm866: ['cp866', 'dos-866'],
    shift_jis: ['cp932', 'SJIS', 'Shift_JIS'],
    'euc-kr': ['cp949', 'uhc'],
    'x-mac-cyrillic': ['mac-cyrillic'],
  };
  for (const [encoding, labels] of Object.entries(names)) {
    assert.deepEqual(
      labels.map(encodingNamed),
      labels.map(() => encoding),
    );
  }
  assert.deepEqual(['klingon', '', 'cp9999', 'toString', '__proto__'].map(encodingNamed), [
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a byte order mark is kept as a character, or left out', () => {
  for (const [encoding, bytes] of [
    ['utf-8', [0xef, 0xbb, 0xbf, 0x61]],
    ['utf-16le', [0xff, 0xfe, 0x61, 0]],
    ['utf-16be', [0xfe, 0xff, 0, 0x61]],
  ] as const) {
    const given = Uint8Array.from(bytes);
    assert.deepEqual(
      [createDecoder(encoding).decode(given), createDecoder(encoding, 'left out').decode(given)],
      ['\ufeffa', 'a'],
    );
  }
});

test('a code page has 128 characters beyond ASCII, each of its own', () => {
  for (const [name, characters] of Object.entries(CODE_PAGES)) {
    const told = characters.split('').filter((character) => character !== '\ufffd');
    assert.deepEqual([characters.length, new Set(told).size], [128, told.length], name);
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const text =
      createDecoder(name).decode(bytes.subarray(0, 200), { stream: true }) +
      createDecoder(name).decode(bytes.subarray(200));
    assert.equal(text.slice(128), characters);
  }
});
