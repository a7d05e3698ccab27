import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { detectFormat } from '../../../src/sources/csv/detect-format.ts';
import { createDecoder } from '../../../src/sources/text/decoder.ts';
import { testData } from '../../support/test-data.ts';
import { csvFormat, fileOf, readAll } from './csv-source.ts';

const folder = testData('csv');
const { skip } = folder;

const oracleLine = z.object({
  file: z.string(),
  bom: z.string().nullable(),
  utf8: z.boolean(),
  delimiter: z.string().optional(),
  records: z.number().optional(),
  blank_lines: z.number().optional(),
  ragged: z.boolean().optional(),
  cols_min: z.number().optional(),
  cols_max: z.number().optional(),
  sha256_rows: z.string().optional(),
});
const oracle = skip
  ? []
  : readFileSync(`${folder.path}/csv_oracle.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => oracleLine.parse(JSON.parse(line)));

function bytesOf(file: string): Buffer {
  const bytes = readFileSync(`${folder.path}/${file}`);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** Rows as the oracle hashes them: JSON in ASCII without blanks; it knows no null. */
function hashOf(rows: readonly (readonly (string | null)[])[]): string {
  const json = JSON.stringify(rows.map((row) => row.map((value) => value ?? '')));
  // What Python escapes beyond JSON.stringify.
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return createHash('sha256').update(ascii).digest('hex');
}

const readable = oracle.filter(({ sha256_rows: hash, records = 0 }) => hash !== undefined && records > 0);
const regular = readable.filter(({ ragged }) => ragged === false);

describe('files whose answer is known', { skip }, () => {
  test('every regular file of the oracle is read equal by hash, its header as a row', async () => {
    assert.equal(regular.length > 110, true);
    for (const {
      file,
      bom,
      delimiter = ',',
      sha256_rows: hash,
      records,
      cols_max: width = 0,
      blank_lines,
    } of regular) {
      const columns = Array.from({ length: width }, (_, index) => `column_${index + 1}`);
      const format = csvFormat({ bomBytes: bom === null ? 0 : 3, delimiter, headerRow: null, columns });
      const { plan, rows } = await readAll(fileOf(bytesOf(file), 7), format, { rangeBytes: 1_000 });
      assert.deepEqual([file, plan.rows, plan.blankLines], [file, records, blank_lines]);
      assert.equal(hashOf(rows.map(({ values }) => values)), hash, file);
    }
  });

  test('every regular file of the oracle gives its header and the rows behind it', async () => {
    for (const { file, bom, delimiter = ',', sha256_rows: hash, records = 0 } of regular) {
      const format = csvFormat({ bomBytes: bom === null ? 0 : 3, delimiter });
      const { plan, rows } = await readAll(fileOf(bytesOf(file)), format);
      assert.equal(plan.rows, records - 1, file);
      assert.equal(hashOf([plan.columns, ...rows.map(({ values }) => values)]), hash, file);
    }
  });

  test('every ragged file has a row for each record, and an issue for each that is not as wide as the header', async () => {
    const ragged = readable.filter((line) => line.ragged === true);
    assert.equal(ragged.length > 10, true);
    for (const { file, bom, delimiter = ',', records = 0 } of ragged) {
      const bytes = bytesOf(file);
      const { plan, rows } = await readAll(fileOf(bytes), csvFormat({ bomBytes: bom === null ? 0 : 3, delimiter }));
      assert.equal(plan.rows, records - 1, file);
      assert.deepEqual(
        rows.map(({ number }) => number),
        Array.from({ length: records - 1 }, (_, index) => index + 1),
      );
      assert.equal(rows.filter(({ issues }) => issues.length > 0).length, plan.irregularRows, file);
      assert.equal(plan.irregularRows > 0, true, file);
    }
  });

  test('every line that is not as it should be is told by its number, and the others are read', async () => {
    const SHORT = 'has 2 values where the header has 3.';
    const expected: Readonly<Record<string, { readonly rows: number; readonly issues: readonly string[] }>> = {
      'csvkit/bad.csv': {
        rows: 3,
        issues: ['1: ! Line 2 has 4 values where the header has 3.', `2: ! Line 3 ${SHORT}`],
      },
      'csvkit/test_latin1.csv': { rows: 2, issues: [] },
      'csvkit/test_utf16_big.csv': { rows: 2, issues: [] },
      'csvkit/test_utf16_little.csv': { rows: 2, issues: [] },
      'csvlint/invalid-byte-sequence.csv': { rows: 23, issues: [] },
      'csvlint/invalid_many_rows.csv': {
        rows: 10,
        issues: ['3: ! Text follows the closing quote in column 3 of line 4.'],
      },
      'papaparse/malformed.tsv': {
        rows: 9,
        issues: [
          '2: ! Line 3 has 9 values where the header has 8.',
          '5: ! Line 6 has 7 values where the header has 8.',
          '8: ! A quote opens in column 3 of line 9 and is never closed.',
        ],
      },
      'papaparse/verylong-sample.csv': {
        rows: 2_000,
        issues: [500, 1_000, 1_500, 2_000].map((line) => `${line - 1}: ! Line ${line} ${SHORT}`),
      },
      'redmine-import/import_iso8859-1.csv': { rows: 2, issues: [] },
      'redmine-import/unclosed_quoted_field.csv': {
        rows: 1,
        issues: ['1: ! A quote opens in column 2 of line 2 and is never closed.'],
      },
    };
    for (const [file, answer] of Object.entries(expected)) {
      const bytes = bytesOf(file);
      const format = detectFormat(bytes);
      const text = createDecoder(format.encoding).decode(bytes.subarray(format.bomBytes));
      const { plan, rows } = await readAll(fileOf(Buffer.from(text)), { ...format, bomBytes: 0 });
      const issues = rows.flatMap(({ number, issues: found }) => found.map((issue) => `${number}: ${issue}`));
      assert.deepEqual([file, { rows: plan.rows, issues }], [file, answer]);
    }
  });

  test('lists of companies, contracts, cities and people are read as csv-parse reads them', async () => {
    const open = testData('open').path;
    for (const file of readdirSync(open).filter((name) => /\.csv(\.gz)?$/.test(name))) {
      const packed = readFileSync(`${open}/${file}`);
      const bytes = file.endsWith('.gz') ? gunzipSync(packed) : packed;
      const { plan, rows } = await readAll(fileOf(bytes), detectFormat(bytes), { rangeBytes: 100_000 });
      const [columns = [], ...records] = parse(bytes);
      assert.deepEqual([file, plan.columns, plan.irregularRows], [file, columns, 0]);
      assert.equal(hashOf(rows.map(({ values }) => values)), hashOf(records), file);
    }
  });
});
