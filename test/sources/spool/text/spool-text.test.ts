import assert from 'node:assert/strict';
import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { spoolText } from '../../../../src/sources/spool/text/spool-text.ts';
import type { TextOptions } from '../../../../src/sources/spool/text/spool-text.ts';
import { testData } from '../../../support/test-data.ts';
import { SPOOL_OPTIONS, allOf, chunksOf, refusal } from '../spooling.ts';

const FOLDER = testData('encodings');

async function read(bytes: Buffer | string, options: Partial<TextOptions> & { encoding: string }): Promise<object> {
  await using spooled = spoolText(chunksOf(bytes, 1), { signal: SPOOL_OPTIONS.signal, ...options });
  const text = (await allOf(spooled.table)).toString();
  return { text, ...spooled.report() };
}

describe('files of one text in many encodings', { skip: FOLDER.skip }, () => {
  const files = FOLDER.skip
    ? []
    : readdirSync(FOLDER.path).filter((name) => /^countries\.\w+\.[\w-]+\.csv$/.test(name));
  for (const name of files) {
    const [, language = '', encoding = ''] = /^countries\.(\w+)\.([\w-]+)\.csv$/.exec(name) ?? [];
    test(`${encoding} (${language}) becomes the UTF-8 text, line by line`, async () => {
      const label = encoding.replace(/-(?:bom|sig)$/, '').replace(/^utf-16$/, 'utf-16le');
      await using spooled = spoolText(createReadStream(`${FOLDER.path}/${name}`), {
        encoding: label,
        signal: SPOOL_OPTIONS.signal,
      });
      const lines = (await allOf(spooled.table)).toString().split(/\r?\n/);
      const answer = readFileSync(`${FOLDER.path}/countries.${language}.utf-8.csv`, 'utf8')
        .replace('\ufeff', '')
        .split(/\r?\n/);
      const known = new Set(answer);
      assert.deepEqual(
        lines.filter((line) => !known.has(line)),
        [],
      );
      assert.ok(lines.length > 100, 'it has the lines');
      assert.equal(spooled.report().undecodable, 0);
    });
  }
});

test('bytes that are no characters are counted, and are no UTF-8 in the table either', async () => {
  const text = Buffer.concat([
    Buffer.from('name\r\nJos'),
    Buffer.from([0x81, 0x20]),
    Buffer.from('\r\n', 'latin1'),
    Buffer.from([0x93, 0xfa, 0xfd]),
  ]);
  await using spooled = spoolText(chunksOf(text, 1), { encoding: 'Shift_JIS', signal: SPOOL_OPTIONS.signal });
  const table = await allOf(spooled.table);
  const none = Buffer.of(0xff);
  const expected = [Buffer.from('name\r\nJos'), none, Buffer.from(' \r\n日'), none];
  assert.deepEqual([table, spooled.report().undecodable], [Buffer.concat(expected), 2]);
});

test('code pages of DOS are known by their usual names', async () => {
  const bytes = Buffer.from([0x81, 0x9c, 0xd5, 0x41]);
  const texts = [];
  for (const encoding of ['cp437', 'IBM850', 'cp858', 'dos-866', 'cp1252', 'cp932']) {
    texts.push(await read(bytes.subarray(0, encoding === 'cp932' ? 2 : 4), { encoding }));
  }
  assert.deepEqual(
    texts.map((report) => ('text' in report ? report.text : null)),
    ['ü£╒A', 'ü£ıA', 'ü£€A', 'БЬ╒A', '\u0081œÕA', '●'],
  );
});

test('a byte order mark is left out, and an unknown encoding refused', async () => {
  assert.deepEqual(await read('\ufeffa\n', { encoding: 'utf-8' }), {
    text: 'a\n',
    format: 'text',
    encoding: 'utf-8',
    undecodable: 0,
  });
  assert.deepEqual(await refusal(read('a', { encoding: 'klingon' })), {
    code: 'source_rejected',
    reason: 'unknown_encoding',
    message: 'The encoding klingon is not known.',
  });
});
