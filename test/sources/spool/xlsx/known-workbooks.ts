import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { testData } from '../../../support/test-data.ts';

/** What openpyxl, another program, found in the workbooks of the test data. */
export const ORACLE = testData('xlsx/openpyxl_oracle.jsonl');

const line = z.object({
  file: z.string(),
  ok: z.boolean(),
  sheets: z
    .array(
      z.object({
        sheet: z.string(),
        non_empty_cells: z.number(),
        non_empty_rows: z.number(),
        max_col: z.number(),
        first: z.tuple([z.string(), z.string()]).nullable(),
      }),
    )
    .default([]),
});

/** What a sheet holds. */
export interface Counted {
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

/** A sheet of a workbook and what it holds. */
export interface KnownSheet extends Counted {
  /** Its place, from 1. */
  readonly place: number;
  readonly width: number;
}

/** The workbooks that can be read, each with its sheets in order. */
export function knownWorkbooks(): { readonly file: string; readonly path: string; readonly sheets: KnownSheet[] }[] {
  if (ORACLE.skip) return [];
  return readFileSync(ORACLE.path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)))
    .filter(({ file, ok }) => ok && file.endsWith('.xlsx'))
    .map(({ file, sheets }) => ({
      file,
      path: testData(`xlsx/${file}`).path,
      sheets: sheets.map((known, index) => ({
        place: index + 1,
        width: known.max_col,
        sheet: known.sheet,
        cells: known.non_empty_cells,
        rows: known.non_empty_rows,
        first: known.first?.[1] ?? null,
        ...DIFFERENT[`${file} ${known.sheet}`],
      })),
    }));
}
