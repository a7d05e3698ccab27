import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { describe, test } from 'node:test';
import { spoolXlsx } from '../../../../src/sources/spool/xlsx/spool-xlsx.ts';
import type { XlsxOptions } from '../../../../src/sources/spool/xlsx/spool-xlsx.ts';
import type { XlsxReport } from '../../../../src/sources/spool/xlsx/read-workbook.ts';
import { testData } from '../../../support/test-data.ts';
import { textRow, xlsxFile } from '../../../support/xlsx-file.ts';
import type { XlsxContent } from '../../../support/xlsx-file.ts';
import { SPOOL_OPTIONS, chunksOf, readTable } from '../spooling.ts';
import type { TableRead } from '../spooling.ts';

function read(content: XlsxContent, options: Partial<XlsxOptions> = {}): Promise<TableRead<XlsxReport>> {
  return readTable(spoolXlsx(chunksOf(xlsxFile(content), 10_000), { ...SPOOL_OPTIONS, ...options }));
}

/** The values of cells in column A below a header. */
async function values(
  cells: readonly string[],
  more: Partial<XlsxContent> = {},
): Promise<readonly (string | undefined)[]> {
  const rows = cells.map((cell, index) => `<row r="${index + 2}">${cell}</row>`).join('');
  const table = await read({ sheets: [{ rows: textRow('a') + rows }], ...more });
  return table.rows.map(([value]) => value);
}

test('a sheet becomes a table with a header, its rows, and a report that says what was found', async () => {
  const table = await read({
    sheets: [
      { name: 'Notes', state: 'hidden', rows: '' },
      {
        name: 'People & co',
        before: '<cols><col min="2" max="3" hidden="1"/></cols>',
        rows: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
          <row r="3" hidden="1"><c r="A3" t="s"><v>2</v></c><c r="D3"><f>1+1</f><v>2</v></c></row>
          <row r="4"><c r="A4" s="7"/><c r="B4"/></row>
          <row r="6"><c r="B6" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`,
        after: '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>',
      },
    ].map((sheet) => ({ ...sheet, name: sheet.name.replace('&', '&amp;') })),
    strings:
      '<si><t>Name, first</t></si><si><t>"Amount"</t></si><si><r><t>Zo</t></r><r><t xml:space="preserve">ë \n</t></r></si>',
  });
  assert.deepEqual(table, {
    columns: ['Name, first', '"Amount"', '', ''],
    rows: [
      ['Zoë \n', '', '', '2'],
      ['', '', '', ''],
    ],
    issues: {
      1: [{ column: 1, code: 'invalid_format', message: 'B6: The cell holds the error #DIV/0!.', value: '#DIV/0!' }],
    },
    report: {
      format: 'xlsx',
      sheet: 'People & co',
      sheets: [
        { name: 'Notes', state: 'hidden' },
        { name: 'People & co', state: 'visible' },
      ],
      date_system: 1900,
      rows: 2,
      columns: ['Name, first', '"Amount"', '', ''],
      header_row: 1,
      rows_above_header: 0,
      hidden_rows: 1,
      blank_rows: 3,
      issues: 1,
      hidden_columns: ['B', 'C'],
      merged_ranges: 1,
      formulas: 2,
      formulas_without_result: 0,
      error_cells: 1,
    },
  });
});

describe('values', () => {
  test('numbers are as they were entered, whole ones with all their digits', async () => {
    const numbers = [
      '1',
      '1.1000000000000001',
      '-0',
      '1E-7',
      '1.5e+21',
      '12345678901234567890',
      '0.30000000000000004',
      '007',
    ];
    assert.deepEqual(await values(numbers.map((number) => `<c><v>${number}</v></c>`)), [
      '1',
      '1.1',
      '0',
      '0.0000001',
      '1500000000000000000000',
      '12345678901234567890',
      '0.30000000000000004',
      '007',
    ]);
  });

  test('dates, times and durations are known by their number formats', async () => {
    const formats = [
      'yyyy-mm-dd',
      'dd/mm/yyyy hh:mm',
      'h:mm AM/PM',
      '[h]:mm:ss',
      '"day" 0.00',
      '[$-409]d\\-mmm\\-yy;@',
      '0.0%',
    ];
    const cells: readonly (readonly [number, string])[] = [
      [1, '45351'],
      [1, '45351.25'],
      [2, '45351'],
      [2, '45351.520833333336'],
      [3, '0.75'],
      [4, '1.5'],
      [5, '45351'],
      [6, '59'],
      [6, '61'],
      [7, '0.155'],
      [0, '45351'],
    ];
    assert.deepEqual(
      await values(
        cells.map(([style, number]) => `<c s="${style}"><v>${number}</v></c>`),
        { formats },
      ),
      [
        '2024-02-29',
        '2024-02-29T06:00:00',
        '2024-02-29T00:00:00',
        '2024-02-29T12:30:00',
        '18:00:00',
        '36:00:00',
        '45351',
        '1900-02-28',
        '1900-03-01',
        '0.155',
        '45351',
      ],
    );
  });

  test('a workbook may count days from 1904', async () => {
    const table = await read({
      date1904: true,
      formats: ['yyyy-mm-dd'],
      sheets: [{ rows: `${textRow('a')}<row><c s="1"><v>43889</v></c></row><row><c s="1"><v>0</v></c></row>` }],
    });
    assert.deepEqual([table.rows, table.report.date_system], [[['2024-02-29'], ['1904-01-01']], 1904]);
  });

  test('texts are shared, inline, of formulas, with escapes and without phonetic guides; booleans are words', async () => {
    assert.deepEqual(
      await values(
        [
          '<c t="s"><v>0</v></c>',
          '<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>',
          '<c t="str"><f>"a"&amp;"b"</f><v>=ab</v></c>',
          '<c t="b"><v>1</v></c>',
          '<c t="b"><v>0</v></c>',
          '<c t="d"><v>2024-02-29T12:00:00</v></c>',
          '<c t="inlineStr"><is><t>a_x000D_b_x005F_x41</t></is></c>',
          '<c t="inlineStr"><is><t><![CDATA[<&>]]></t></is></c>',
        ],
        { strings: '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>' },
      ),
      ['東京', 'inline', '=ab', 'true', 'false', '2024-02-29T12:00:00', 'a\rb_x41', '<&>'],
    );
  });

  test('what cannot be read truthfully is null with an issue that names its cell', async () => {
    const table = await read({
      formats: ['yyyy-mm-dd'],
      sheets: [
        {
          rows: `${textRow('a', 'b')}<row r="2"><c r="A2" s="1"><v>60</v></c><c r="B2" s="1"><v>-5</v></c></row>
            <row r="3"><c r="A3"><f>NOW()</f></c><c r="B3" t="s"><v>9</v></c></row>
            <row r="4"><c r="A4"><v>many</v></c><c r="B4" t="b"><v>2</v></c></row>`,
        },
      ],
    });
    assert.deepEqual(table.rows, [
      ['', ''],
      ['', ''],
      ['', ''],
    ]);
    const day = 'The cell is to hold a date, and its number is no day of the calendar.';
    assert.deepEqual(table.issues, {
      0: [
        { column: 0, code: 'out_of_range', message: `A2: ${day}`, value: '60' },
        { column: 1, code: 'out_of_range', message: `B2: ${day}`, value: '-5' },
      ],
      1: [
        {
          column: 0,
          code: 'invalid_format',
          message: 'A3: The result of the formula is not stored in the file.',
          value: null,
        },
        { column: 1, code: 'invalid_format', message: 'B3: The text of the cell is missing in the file.', value: '9' },
      ],
      2: [
        {
          column: 0,
          code: 'invalid_format',
          message: 'A4: The cell is to hold a number, and does not.',
          value: 'many',
        },
        { column: 1, code: 'invalid_format', message: 'B4: The cell is to hold a boolean, and does not.', value: '2' },
      ],
    });
  });

  test('cells may lack references, come in any order, or twice: the last one counts', async () => {
    const rows = `${textRow('a', 'b', 'c')}<row><c r="C2"><v>3</v></c><c r="A2"><v>1</v></c><c><v>2</v></c><c r="C2"><v>4</v></c></row>`;
    assert.deepEqual((await read({ sheets: [{ rows }] })).rows, [['1', '2', '4']]);
  });

  test('a sheet may be as wide as sheets are', async () => {
    const table = await read({ sheets: [{ rows: `${textRow('a')}<row r="2"><c r="XFD2"><v>1</v></c></row>` }] });
    assert.deepEqual([table.columns.length, table.rows[0]?.at(-1)], [16_384, '1']);
  });

  test('parts may have prefixes, backslashes in their names, and be in UTF-16', async () => {
    const sheet =
      '\ufeff<?xml version="1.0" encoding="utf-16"?><x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>ä</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>';
    const parts = [{ name: 'xl\\worksheets\\sheet1.xml', data: Buffer.from(sheet, 'utf16le') }];
    const table = await read({ sheets: [{ rows: '' }], parts }, { header: 'none' });
    assert.deepEqual(table.rows, [['ä']]);
  });
});

test(
  'a workbook of somebody else: titles, dates and booleans',
  { skip: testData('xlsx/readxl/deaths.xlsx').skip },
  async () => {
    const file = createReadStream(testData('xlsx/readxl/deaths.xlsx').path);
    const { columns, rows } = await readTable(spoolXlsx(file, { ...SPOOL_OPTIONS, header: 5, sheet: 'arts' }));
    assert.deepEqual(
      [columns, rows[0]],
      [
        ['Name', 'Profession', 'Age', 'Has kids', 'Date of birth', 'Date of death'],
        ['David Bowie', 'musician', '69', 'true', '1947-01-08', '2016-01-10'],
      ],
    );
  },
);

test('reading stops when it is cancelled', async () => {
  const cancel = new AbortController();
  const rows = textRow('a', 'b').repeat(300_000);
  async function* file(): AsyncGenerator<Uint8Array> {
    yield* chunksOf(xlsxFile({ sheets: [{ rows }] }), 100_000);
    // The thread that reads begins as soon as the file is there.
    setTimeout(() => cancel.abort(new Error('enough')), 100);
  }
  const spooled = spoolXlsx(file(), { ...SPOOL_OPTIONS, signal: cancel.signal });
  await assert.rejects(spooled, { message: 'enough' });
});
