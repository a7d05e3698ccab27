import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { DEFAULT_LIMITS } from '../../../../src/sources/spool/limits.ts';
import { ScratchFile } from '../../../../src/sources/spool/scratch-file.ts';
import { tableOf } from '../../../../src/sources/spool/table-file.ts';
import { spoolSheet } from '../../../../src/sources/spool/xlsx/read-workbook.ts';
import { SPOOL_OPTIONS, allOf } from '../spooling.ts';
import { knownWorkbooks, ORACLE } from './known-workbooks.ts';
import type { Counted } from './known-workbooks.ts';

/** Counts what a sheet holds, read in this thread. */
async function count(path: string, sheet: number): Promise<Counted> {
  await using file = await open(path);
  await using rowsFile = ScratchFile.create(tmpdir());
  const { size } = await file.stat();
  const files = { fd: file.fd, fileBytes: size, rowsFd: rowsFile.fd };
  const spooled = await spoolSheet(files, { sheet, header: 'none' }, DEFAULT_LIMITS, () => {});
  const table = await allOf(tableOf(rowsFile, spooled.rows, spooled.report.columns, SPOOL_OPTIONS.signal));
  const [, ...rows] = parse(table) as string[][];
  let cells = 0;
  for (const row of rows) {
    const issues = row.at(-1);
    cells += row.slice(0, -1).filter((value) => value !== '').length;
    cells += issues ? (JSON.parse(issues) as unknown[]).length : 0;
  }
  const first = rows[0]?.find((value) => value !== '') ?? null;
  return { sheet: spooled.report.sheet, cells, rows: rows.length, first };
}

describe('every sheet of the workbooks openpyxl has read', { skip: ORACLE.skip }, () => {
  for (const { file, path, sheets } of knownWorkbooks()) {
    test(`${file} has the cells, rows and first value it should have`, async () => {
      const found: Counted[] = [];
      for (const { place } of sheets) found.push(await count(path, place));
      assert.deepEqual(
        found,
        sheets.map(({ sheet, cells, rows, first }) => ({ sheet, cells, rows, first })),
      );
    });
  }
});
