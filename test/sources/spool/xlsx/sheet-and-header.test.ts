import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spoolXlsx } from '../../../../src/sources/spool/xlsx/spool-xlsx.ts';
import type { XlsxOptions } from '../../../../src/sources/spool/xlsx/spool-xlsx.ts';
import type { XlsxReport } from '../../../../src/sources/spool/xlsx/read-workbook.ts';
import { textRow, xlsxFile } from '../../../support/xlsx-file.ts';
import type { XlsxContent } from '../../../support/xlsx-file.ts';
import { SPOOL_OPTIONS, chunksOf, readTable, refusal } from '../spooling.ts';
import type { TableRead } from '../spooling.ts';

function read(content: XlsxContent, options: Partial<XlsxOptions> = {}): Promise<TableRead<XlsxReport>> {
  return readTable(spoolXlsx(chunksOf(xlsxFile(content), 10_000), { ...SPOOL_OPTIONS, ...options }));
}

describe('the sheet and the header', () => {
  const sheets = [
    { name: 'one', state: 'veryHidden', rows: textRow('x1') },
    { name: 'Two ', rows: textRow('x2') },
    { name: '3', rows: textRow('x3') },
  ];
  const chosen = async (sheet: string | number | null): Promise<string> =>
    (await read({ sheets }, { sheet })).report.sheet;

  test('the first visible sheet is taken, or the one that is asked for by name or number', async () => {
    const found = [await chosen(null), await chosen(1), await chosen('two'), await chosen('3'), await chosen('2')];
    assert.deepEqual(found, ['Two ', 'one', 'Two ', '3', 'Two ']);
  });

  test('a sheet that is not there is refused with the names of those that are', async () => {
    assert.deepEqual(await refusal(chosen('four')), {
      code: 'source_rejected',
      reason: 'no_such_sheet',
      message: 'The workbook has no sheet four. Its sheets are: one, Two , 3.',
    });
  });

  const titled = [
    textRow('Sales of 2024'),
    textRow('name', 'amount'),
    textRow('Ann', 'two'),
    textRow('Bo', 'three'),
  ].join('');

  test('a title above the header is not taken for it', async () => {
    const { columns, rows, report } = await read({ sheets: [{ rows: titled }] });
    assert.deepEqual(
      [columns, rows.length, report.header_row, report.rows_above_header],
      [['name', 'amount'], 2, 2, 1],
    );
  });

  test('the header may be named, or be none', async () => {
    const third = await read({ sheets: [{ rows: titled }] }, { header: 3 });
    const none = await read({ sheets: [{ rows: titled }] }, { header: 'none' });
    assert.deepEqual(
      [third.columns, third.rows, third.report.rows_above_header],
      [['Ann', 'two'], [['Bo', 'three']], 2],
    );
    assert.deepEqual([none.columns, none.rows.length, none.report.header_row], [['column_1', 'column_2'], 4, null]);
  });

  test('a header in an empty row is refused', async () => {
    assert.equal((await refusal(read({ sheets: [{ rows: titled }] }, { header: 9 }))).reason, 'no_table');
  });

  test('a sheet without anything is a table without anything', async () => {
    const { columns, rows } = await read({ sheets: [{ rows: '' }] });
    assert.deepEqual([columns, rows], [[''], []]);
  });
});
