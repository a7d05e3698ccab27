import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { SourceRow } from '../../src/domain/source.ts';
import { listed, said } from '../dialects/universal/universal-app.ts';
import { testData } from '../support/test-data.ts';
import { knownWorkbooks, ORACLE } from '../sources/spool/xlsx/known-workbooks.ts';
import { refusalOf, startImportedFiles, totalOf, withEach } from './imported-files.ts';
import type { ImportedFile, ImportedFiles } from './imported-files.ts';

const csv = testData('csv');
const encodings = testData('encodings');
const naughty = testData('security/blns.json');
const { skip } = csv;

const oracleLine = z.object({
  file: z.string(),
  bom: z.string().nullable(),
  utf8: z.boolean(),
  nul: z.number(),
  delimiter: z.string().optional(),
  records: z.number().optional(),
  ragged: z.boolean().optional(),
  cols_min: z.number().optional(),
  cols_max: z.number().optional(),
  sha256_rows: z.string().optional(),
});
type OracleLine = z.infer<typeof oracleLine>;

function linesOf<T>(path: string, line: z.ZodType<T>): T[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));
}

const oracle = skip ? [] : linesOf(`${csv.path}/csv_oracle.jsonl`, oracleLine);
const isRegular = ({ ragged, records = 0, sha256_rows: hash, nul, file }: OracleLine): boolean =>
  hash !== undefined && records > 0 && ragged === false && nul === 0 && OTHERWISE[file] === undefined;
/** What the oracle, which was told to take every file for a CSV with its usual quotes, reads otherwise. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'papaparse/cases.json': 'it is JSON',
  'redmine-import/import_issues_single_quotation.csv': 'its quotes are apostrophes',
};

const bytesOf = (file: string): Buffer => readFileSync(`${csv.path}/${file}`);

/** Rows as the oracle hashes them: JSON in ASCII without blanks; it knows no null. */
function hashOf(rows: Iterable<SourceRow>): string {
  const json = JSON.stringify([...rows].map((row) => row.map((value) => value ?? '')));
  // What Python escapes beyond JSON.stringify.
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return createHash('sha256').update(ascii).digest('hex');
}

/** Every row from the first to the last is there, taken or failed, and each that failed says why. */
function assertAccounted({ rows, failed }: ImportedFile, total: number, file: string): void {
  const numbers = [...rows.keys(), ...failed.keys()].toSorted((a, b) => a - b);
  assert.deepEqual([file, numbers], [file, Array.from({ length: total }, (_, index) => index + 1)]);
  for (const [number, messages] of failed) assert.ok((messages[0] ?? '') !== '', `${file}: row ${number} says why`);
}

/** Whether nothing of a file was taken, and one sentence says why. */
function isRefused(taken: ImportedFile): boolean {
  return (refusalOf(taken) ?? '') !== '' && taken.rows.size + taken.failed.size === 0;
}

const papaCases = z.record(
  z.string(),
  z.array(
    z.object({
      description: z.string(),
      input: z.unknown(),
      config: z.object({ delimiter: z.unknown().optional() }).loose().optional(),
      expected: z.unknown(),
    }),
  ),
);
const papaExpected = z.object({
  data: z.array(z.array(z.string())).min(1),
  errors: z.array(z.unknown()).max(0).optional(),
});
/** What of PapaParse's settings a form can say, or does not change how a file is read. */
const SETTINGS: ReadonlySet<string> = new Set(['delimiter', 'newline', 'skipEmptyLines']);
const DELIMITER = z.string().regex(/^[,;|\t]$/u);
/** Every line end ends a line here. */
const MIXED_LINE_ENDS = 'Mixed slash n and slash r should choose first as precident';

describe('files arrive in the target as they are', { timeout: 3_600_000 }, () => {
  let files: ImportedFiles;
  before(async () => {
    files = await startImportedFiles();
  });
  after(() => files.close());

  test('every regular file of the oracle is equal by hash after its import', { skip }, async () => {
    const different: string[] = [];
    await withEach(
      oracle.filter(isRegular),
      async ({ file, delimiter = ',', records, cols_max: width = 0, ...known }) => {
        const taken = await files.take(bytesOf(file), width, { delimiter });
        const same = hashOf(taken.rows.values()) === known.sha256_rows;
        if (!same || taken.rows.size !== records) different.push(`${file}: ${JSON.stringify(taken.run)}`);
      },
    );
    assert.deepEqual(different, []);
  });

  test('every irregular file of the oracle is accounted for line by line, or refused', { skip }, async () => {
    await withEach(
      oracle.filter((one) => !isRegular(one)),
      async ({ file, delimiter, cols_max: width = 3, records, ragged }) => {
        const taken = await files.take(bytesOf(file), Math.max(1, width), delimiter === undefined ? {} : { delimiter });
        if (isRefused(taken)) return;
        if (ragged === true) assert.equal(totalOf(taken), records, file);
        assertAccounted(taken, totalOf(taken), file);
      },
    );
  });

  test("PapaParse's cases without errors arrive as it reads them", { skip }, async () => {
    const cases = Object.values(papaCases.parse(JSON.parse(bytesOf('papaparse/cases.json').toString()))).flat();
    let equal = 0;
    await withEach(cases, async ({ description, input, config, expected }) => {
      const known = papaExpected.safeParse(expected);
      const delimiter = DELIMITER.safeParse(config?.delimiter).data;
      if (!known.success || typeof input !== 'string' || description === MIXED_LINE_ENDS) return;
      if (Object.keys(config ?? {}).some((key) => !SETTINGS.has(key))) return;
      if ((config?.delimiter !== undefined && delimiter === undefined) || config?.['skipEmptyLines'] === 'greedy')
        return;
      const rows = known.data.data.filter((row) => row.length > 1 || row[0] !== '');
      const width = rows[0]?.length ?? 0;
      if (width === 0 || rows.some((row) => row.length !== width)) return;
      const taken = await files.take(Buffer.from(input), width, delimiter === undefined ? {} : { delimiter });
      const found = [...taken.rows.values()].map((row) => row.map((value) => value ?? ''));
      assert.deepEqual([description, found], [description, rows]);
      equal++;
    });
    assert.ok(equal > 20, `${equal} cases were compared`);
  });

  test('a file in any encoding equals the one in UTF-8, or is refused', { skip: encodings.skip }, async () => {
    await withEach(readdirSync(encodings.path), async (name) => {
      const [, language = '', encoding = ''] = /^countries\.(\w+)\.([\w-]+)\.csv$/u.exec(name) ?? [];
      const answer = parse(readFileSync(`${encodings.path}/countries.${language}.utf-8.csv`), { bom: true });
      const lines = new Set(answer.map((row) => JSON.stringify(row)));
      const bytes = readFileSync(`${encodings.path}/${name}`);
      const label = encoding.replace(/-(?:bom|sig)$/u, '').replace(/^utf-16$/u, 'utf-16le');
      for (const fields of [{}, { encoding: label }]) {
        const taken = await files.take(bytes, 5, fields);
        if (!('encoding' in fields) && isRefused(taken)) continue;
        const others = [...taken.rows.values()].filter(
          (row) => !lines.has(JSON.stringify(row.map((value) => value ?? ''))),
        );
        assert.deepEqual([name, others, taken.failed.size], [name, [], 0]);
        assert.ok(taken.rows.size > 100, `${name} has its ${taken.rows.size} rows`);
      }
    });
  });

  test("every sheet of a workbook has the oracle's cells, row by row", { skip: ORACLE.skip }, async () => {
    const sheets = knownWorkbooks().flatMap(({ file, path, sheets: all }) =>
      all.map((sheet) => ({ ...sheet, file, path })),
    );
    await withEach(sheets, async ({ file, path, sheet, place, width, cells, rows }) => {
      const taken = await files.take(readFileSync(path), Math.max(1, width), { sheet: String(place) }, 'book.xlsx');
      const name = `${file} ${sheet}`;
      if (rows === 0) {
        assert.deepEqual([name, taken.rows.size + taken.failed.size], [name, 0]);
        return;
      }
      assertAccounted(taken, rows, name);
      // What rows with unreadable cells have besides is in the file of failed rows.
      if (taken.failed.size > 0) return;
      const found = [...taken.rows.values()].flat().filter((value) => value !== null).length;
      assert.deepEqual([name, found], [name, cells]);
    });
  });

  test('naughty strings are stored and given back', { skip: naughty.skip }, async () => {
    const strings = z.array(z.string()).parse(JSON.parse(readFileSync(naughty.path, 'utf8')));
    const quotedOf = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const bytes = Buffer.from(strings.map((text, index) => `${index},${quotedOf(text)}\n`).join(''));
    const taken = await files.take(bytes, 2, { delimiter: ',' });
    assert.deepEqual(
      [...taken.rows.values()].map(([, text]) => text),
      strings.map((text) => (text === '' ? null : text)),
    );
    for (const [index, text] of strings.entries()) {
      if (index % 40 > 0) continue;
      const { body } = await files.caller.ask('GET', `/targets/importer%3Atexts-2/records?filter[column_1]=${index}`);
      const texts = listed(body['data']).map((record) => said(record['column_2']));
      assert.ok(texts.includes(text === '' ? 'null' : text), `${index}: ${text}`);
    }
  });
});
