import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
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
      const { plan, rows } = await readAll(fileOf(bytesOf(file), 7), format, { rangeBytes: 100 });
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
});
