import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../../../../src/sources/spool/limits.ts';
import { ScratchFile } from '../../../../src/sources/spool/scratch-file.ts';
import { tableOf } from '../../../../src/sources/spool/table-file.ts';
import { spoolSheet } from '../../../../src/sources/spool/xlsx/read-workbook.ts';
import { testData } from '../../../support/test-data.ts';
import { SPOOL_OPTIONS, allOf } from '../spooling.ts';

const ORACLE = testData('xlsx/openpyxl_oracle.jsonl');

const line = z.object({
  file: z.string(),
  ok: z.boolean(),
  sheets: z
    .array(
      z.object({
        sheet: z.string(),
        state: z.string(),
        non_empty_cells: z.number(),
        non_empty_rows: z.number(),
        first: z.tuple([z.string(), z.string()]).nullable(),
      }),
    )
    .default([]),
});

interface Counted {
  readonly sheet: string;
  readonly cells: number;
  readonly rows: number;
  readonly first: string | null;
}

/** Where another answer than openpyxl's is the truth, and why. */
const DIFFERENT: Readonly<Record<string, Partial<Counted>>> = {
  // A date cell with 0 in a workbook that counts from 1904; openpyxl says 00:00:00 in both date systems.
  'exceljs/1904.xlsx Sheet1': { first: '1904-01-01' },
  // Numbers have no types here: 1 is stored.
  'exceljs/test-issue-163.xlsx Sheet1': { first: '1' },
  // An empty cell with a hyperlink, which openpyxl takes for its text.
  'exceljs/test-issue-877.xlsx Handlungsanweisung': { cells: 0, rows: 0, first: null },
  // A date without a time of day, in a format that shows none.
  'readxl/dates-1900-LibreOffice.xlsx Sheet1': { first: '2000-01-01' },
  // Shared texts that are empty are empty cells.
  'large.xlsx Report': { cells: 257, rows: 33 },
  'readxl/Ekaterinburg_IP_9.xlsx СПАРК - Список': { cells: 20149 },
  'readxl/no-yes-col-names.xlsx empty-col-names': { cells: 2, rows: 1, first: 'a' },
};

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
  const files = ORACLE.skip
    ? []
    : readFileSync(ORACLE.path, 'utf8')
        .trim()
        .split('\n')
        .map((text) => line.parse(JSON.parse(text)))
        .filter(({ file, ok }) => ok && file.endsWith('.xlsx'));
  for (const { file, sheets } of files) {
    test(`${file} has the cells, rows and first value it should have`, async () => {
      const found: Counted[] = [];
      const expected: Counted[] = [];
      for (const [index, known] of sheets.entries()) {
        found.push(await count(testData(`xlsx/${file}`).path, index + 1));
        expected.push({
          sheet: known.sheet,
          cells: known.non_empty_cells,
          rows: known.non_empty_rows,
          first: known.first?.[1] ?? null,
          ...DIFFERENT[`${file} ${known.sheet}`],
        });
      }
      assert.deepEqual(found, expected);
    });
  }
});
