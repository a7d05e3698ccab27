import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AppError, mistakesOf } from '../../../src/domain/errors.ts';
import { takeSample } from '../../../src/sources/csv/csv-sample.ts';
import { detectFormat } from '../../../src/sources/csv/detect-format.ts';
import type { CsvOverrides } from '../../../src/sources/csv/detect-format.ts';
import { createDecoder } from '../../../src/sources/text/decoder.ts';
import { testData } from '../../support/test-data.ts';
import { fileOf, readAll } from './csv-source.ts';

const found = (text: string, overrides: CsvOverrides = {}) => detectFormat(Buffer.from(text), overrides);
const syntaxOf = (text: string, overrides: CsvOverrides = {}): string => {
  const { delimiter, quote, escape, newline } = found(text, overrides);
  return JSON.stringify([delimiter, quote, escape, newline]);
};
const headerOf = (text: string, overrides: CsvOverrides = {}): [number | null, string] => {
  const { headerRow, columns } = found(text, overrides);
  return [headerRow, columns.join('|')];
};

describe('the format of a file', () => {
  test('is told with what it was told by', () => {
    assert.deepEqual(found('Report of May\r\n\r\nname;price\r\n"Müller; Sohn";1,50\r\nAdler;12,00\r\n'), {
      encoding: 'utf-8',
      confidence: 0.8,
      bomBytes: 0,
      delimiter: ';',
      quote: '"',
      escape: '"',
      newline: '\r\n',
      headerRow: 3,
      columns: ['name', 'price'],
      evidence: [
        "All 1 sequences of bytes beyond ASCII are UTF-8's.",
        'The semicolon makes 2 columns of 3 of the first 4 records.',
        '1 values of the first records are in ", doubled inside.',
        'The header is in line 3: 0 of its 2 values are such as other rows have, and the 2 lines before it are blank or titles.',
      ],
    });
  });

  test('has the delimiter that makes columns of it', () => {
    assert.equal(syntaxOf('a,b\n1,2\n'), '[",","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('a;b\n1,5;2,5\n3,5;4,5\n'), '[";","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('a\tb, c\n1\tx\n'), '["\\t","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('a|b|c\r1|"x|y"|3\r'), '["|","\\"","\\"","\\r"]');
    assert.equal(syntaxOf('note\nfirst, second, third\nfourth\n'), '[",","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('sep=;\r\na,x;b\r\n1;2\r\n'), '[";","\\"","\\"","\\r\\n"]');
    assert.equal(syntaxOf("a'b\n1'2\n", { delimiter: "'" }), '["\'","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('a,b\n1,2\n', { delimiter: '~' }), '["~","\\"","\\"","\\n"]');
  });

  test('has other quotes and escapes than usual only where they are used', () => {
    assert.equal(syntaxOf("a;b\n'x;y';2\n'z';'it''s'\n"), '[";","\'","\'","\\n"]');
    assert.equal(syntaxOf("a,b\nO'Brien,'t Hooft\nd'Arc,x\n"), '[",","\\"","\\"","\\n"]');
    assert.equal(syntaxOf(`a,b,c\n1,'x',"2,3"\n4,5\n`), '[",","\\"","\\"","\\n"]');
    assert.equal(syntaxOf(`a,b\n'"x"',2\n'y,"z",',3\n`), '[",","\'","\'","\\n"]');
    assert.equal(syntaxOf('a,b\n"say \\"hi\\", then go",2\n"x",3\n'), '[",","\\"","\\\\","\\n"]');
    assert.equal(syntaxOf('a,b\n"C:\\dir",2\n"say ""hi""",3\n'), '[",","\\"","\\"","\\n"]');
    assert.equal(syntaxOf('a\tb\n5" pipe\t2\n', { quote: null }), '["\\t",null,null,"\\n"]');
  });

  test('has its header behind blank lines, titles and what says the delimiter', () => {
    assert.deepEqual(headerOf('name,city\nAnna,Oslo\n'), [1, 'name|city']);
    assert.deepEqual(headerOf('\n\nname,city\nAnna,Oslo\n'), [3, 'name|city']);
    assert.deepEqual(headerOf('"All of\nthem",,\nname,city,zip\nAnna,Oslo,0150\n'), [3, 'name|city|zip']);
    assert.deepEqual(headerOf('Customers\nas of today\n\nid,name,city\n1,A,B\n2,C,D\n'), [4, 'id|name|city']);
    assert.deepEqual(headerOf('sep=,\nname,city\nAnna,Oslo\n'), [2, 'name|city']);
    assert.deepEqual(headerOf(',name,city\n0,Anna,Oslo\n1,Bo,Rom\n'), [1, '|name|city']);
    assert.deepEqual(headerOf('country,2019,2020,2021\nNO,1,2,3\nSE,4,5,6\n'), [1, 'country|2019|2020|2021']);
    assert.deepEqual(headerOf('name\n'), [1, 'name']);
    assert.deepEqual(headerOf(''), [1, '']);
  });

  test('has no header where the first row is like the others', () => {
    assert.deepEqual(headerOf('1,Anna,anna@example.com\n2,Bo,bo@example.com\n'), [null, 'column_1|column_2|column_3']);
    assert.deepEqual(headerOf('2024-05-01;12,50;x\n2024-05-02;13,50;y\n'), [null, 'column_1|column_2|column_3']);
    const rows = Array.from({ length: 20 }, (_, index) => `Oslo,${['open', 'closed'][index % 2]}`);
    assert.deepEqual(headerOf(rows.join('\n')), [null, 'column_1|column_2']);
    assert.deepEqual(headerOf('name,city\nAnna,Oslo\n', { headerRow: null }), [null, 'column_1|column_2']);
    assert.deepEqual(headerOf('1,2\nname,city\nAnna,Oslo\n', { headerRow: 2 }), [2, 'name|city']);
  });

  test('cannot be said to be what it cannot be; every mistake is named', () => {
    const overrides = { delimiter: ';;', quote: 'é', escape: '\n', headerRow: 0 };
    assert.throws(
      () => found('a', overrides),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual(Object.keys(mistakesOf(error)), ['delimiter', 'quote', 'escape', 'header_row']);
        return true;
      },
    );
    assert.throws(() => found('a', { delimiter: '"' }), AppError);
    assert.throws(() => found('a', { encoding: 'klingon' }), AppError);
  });

  test('is told by the whole of a large file where only late lines go beyond ASCII', async () => {
    const late = 'Ángel Peña,Málaga\nJosé Ibáñez,Cádiz\nMaría Núñez,León\n';
    const bytes = Buffer.from(
      `name,city\n${'Anna Berg,Oslo\n'.repeat(60_000)}${late}${'Bo Ek,Lund\n'.repeat(1_000)}`,
      'latin1',
    );
    for (const pieceBytes of [1_000, 64 * 1024, bytes.length]) {
      const { encoding, confidence, columns } = detectFormat(await takeSample(fileOf(bytes, pieceBytes)));
      assert.deepEqual([encoding, confidence > 0.8, columns], ['windows-1252', true, ['name', 'city']]);
    }
    const last = Buffer.from(`name,city\n${'Anna Berg,Oslo\n'.repeat(60_000)}Zoé,Orléans`);
    assert.equal(
      detectFormat(await takeSample(fileOf(last))).evidence[0],
      "All 2 sequences of bytes beyond ASCII are UTF-8's.",
    );
    const none = detectFormat(await takeSample(fileOf(bytes.subarray(0, 600_000))));
    assert.deepEqual([none.encoding, none.confidence], ['utf-8', 1]);
  });

  test('lets the same countries be read from every encoding', { skip: testData('encodings').skip }, async () => {
    const { path } = testData('encodings');
    const rowsOf = async (bytes: Buffer) => {
      const format = detectFormat(bytes);
      const text = createDecoder(format.encoding).decode(bytes.subarray(format.bomBytes));
      const { plan, rows } = await readAll(fileOf(Buffer.from(text)), { ...format, bomBytes: 0 });
      assert.deepEqual([format.headerRow, plan.columns.length, plan.irregularRows], [1, 5, 0]);
      return rows.map(({ values }) => values.join());
    };
    for (const file of readdirSync(path)) {
      const answer = new Set(await rowsOf(readFileSync(`${path}/${file.slice(0, file.indexOf('.', 10))}.utf-8.csv`)));
      const rows = await rowsOf(readFileSync(`${path}/${file}`));
      assert.deepEqual([file, rows.length > 100, rows.filter((row) => !answer.has(row))], [file, true, []]);
    }
  });
});
