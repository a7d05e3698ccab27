import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import type { CsvOverrides } from '../../../src/sources/csv/detect-format.ts';
import { detectFormat } from '../../../src/sources/csv/detect-format.ts';
import { testData } from '../../support/test-data.ts';
import { fileOf, readAll } from './csv-source.ts';

const folder = testData('csv');
const { skip } = folder;
const bytesOf = (path: string): Buffer => readFileSync(`${folder.path}/${path}`);
const jsonOf = (path: string): unknown => JSON.parse(bytesOf(path).toString());

/** Reads a file as it is found to be. */
async function readFound(bytes: Buffer, overrides: CsvOverrides = {}) {
  const { plan, rows } = await readAll(fileOf(bytes), detectFormat(bytes, overrides));
  const values = rows.map((row) => row.values.map((value) => value ?? ''));
  return { columns: plan.columns, blankLines: plan.blankLines, values, issues: rows.flatMap(({ issues }) => issues) };
}

/** What of these suites is read otherwise, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'Mixed slash n and slash r should choose first as precident': 'every line end ends a line',
};

const papaCase = z.object({
  description: z.string(),
  input: z.string(),
  config: z.record(z.string(), z.unknown()).optional(),
  expected: z.object({ data: z.unknown(), errors: z.array(z.object({ type: z.string() })).optional() }),
});
/** What of PapaParse's settings there is here, too; the others change values or leave rows out. */
const SETTINGS = new Set(['delimiter', 'quoteChar', 'escapeChar', 'skipEmptyLines', 'newline']);
const character = z
  .string()
  .length(1)
  .regex(/[^\r\n]/)
  .optional();
const papaSettings = z.object({
  delimiter: character,
  quoteChar: character,
  escapeChar: character,
  skipEmptyLines: z.boolean().optional(),
  newline: z.string().optional(),
});

describe('suites of CSV files', { skip }, () => {
  test('csv-spectrum is read as its answers say', async () => {
    for (const file of readdirSync(`${folder.path}/csv-spectrum/csvs`)) {
      // The files came with LF, whatever their names and answers say; so both ways are tried.
      const text = bytesOf(`csv-spectrum/csvs/${file}`).toString('latin1');
      const answer = bytesOf(`csv-spectrum/json/${file.replace('.csv', '.json')}`).toString();
      for (const newline of ['\n', '\r\n']) {
        const bytes = Buffer.from(text.replaceAll('\n', newline), 'latin1');
        const { columns, values, issues } = await readFound(bytes);
        if (file === 'location_coordinates.csv') {
          // Its answer has another telephone number than the file, and a quote in it stands where none should.
          assert.deepEqual([values.length, issues.length], [1, 1]);
          continue;
        }
        const records = values.map((row) =>
          Object.fromEntries(row.map((value, index) => [columns[index] ?? '', value])),
        );
        const expected: unknown = JSON.parse(
          answer.replaceAll('\\r\\n', '\\n').replaceAll('\\n', JSON.stringify(newline).slice(1, -1)),
        );
        // One of the answers is an object on its own.
        assert.deepEqual([file, records, issues], [file, [expected].flat(), []]);
      }
    }
  });

  test('csv-test-data is read as its answers say, but for blank lines, and what it calls bad has issues', async () => {
    for (const file of readdirSync(`${folder.path}/csv-test-data/csv`)) {
      const bytes = bytesOf(`csv-test-data/csv/${file}`);
      if (file.startsWith('bad-')) {
        if (file === 'bad-header-wrong-header.csv') continue;
        const refused = await readFound(bytes).then(
          ({ issues }) => issues.length > 0,
          (error: unknown) => /^AppError: The file is empty\.$/.test(String(error)),
        );
        assert.equal(refused, true, file);
        continue;
      }
      const header = file.startsWith('header-');
      const read = await readFound(bytes, { headerRow: header ? 1 : null }).catch(() => null);
      const expected = z
        .array(z.union([z.array(z.string()), z.record(z.string(), z.string())]))
        .parse(jsonOf(`csv-test-data/json/${file.replace('.csv', '.json')}`))
        .map((row) => (Array.isArray(row) ? row : Object.values(row)));
      const rows = expected.filter((row) => row.length > 1 || row[0] !== '');
      assert.deepEqual([file, read?.values ?? []], [file, rows]);
      assert.equal(read?.blankLines ?? 2, expected.length - rows.length, file);
    }
  });

  test("PapaParse's cases are read as it reads them, and have issues where it has errors of quotes", async () => {
    const suites = z.record(z.string(), z.array(z.unknown())).parse(jsonOf('papaparse/cases.json'));
    let equal = 0;
    let faulty = 0;
    for (const one of [...(suites['CORE_PARSER_TESTS'] ?? []), ...(suites['PARSE_TESTS'] ?? [])]) {
      const { success, data } = papaCase.safeParse(one);
      if (!success || data.input === '' || Object.keys(data.config ?? {}).some((key) => !SETTINGS.has(key))) continue;
      const { description, input, config, expected } = data;
      const settings = papaSettings.safeParse(config ?? {});
      const table = z.array(z.array(z.string())).safeParse(expected.data);
      if (!settings.success || !table.success || OTHERWISE[description] !== undefined) continue;
      const { delimiter, quoteChar: quote, escapeChar: escape } = settings.data;
      const overrides = { ...(delimiter && { delimiter }), ...(quote && { quote }), ...(escape && { escape }) };
      const { values, issues, columns } = await readFound(Buffer.from(input), { ...overrides, headerRow: null });
      if (expected.errors?.some(({ type }) => type === 'Quotes') === true) {
        assert.equal(
          issues.some((issue) => issue.startsWith('!')),
          true,
          description,
        );
        faulty += 1;
        continue;
      }
      const rows = table.data.filter((row) => row.length > 1 || row[0] !== '');
      const widths = new Set(rows.map((row) => row.length));
      assert.equal(
        issues.some((issue) => issue.includes('where the header')),
        widths.size > 1,
        description,
      );
      assert.deepEqual(
        [description, values],
        [description, rows.map((row) => columns.map((_, index) => row[index] ?? ''))],
      );
      equal += 1;
    }
    assert.deepEqual([equal > 50, faulty], [true, 5], `${equal}`);
  });
});
