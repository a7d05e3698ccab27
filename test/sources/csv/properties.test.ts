import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { AppError } from '../../../src/domain/errors.ts';
import { randomOf } from '../../../src/demo/random.ts';
import type { RowBlock } from '../../../src/domain/row-block.ts';
import { planCsv } from '../../../src/sources/csv/plan-csv.ts';
import { readCsv } from '../../../src/sources/csv/read-csv.ts';
import type { CsvFormat } from '../../../src/sources/csv/csv-format.ts';
import { csvFormat, fileOf, readAll } from './csv-source.ts';

const SEED = 20_261_121;
/** What makes trouble, most of it more often than not. */
const PIECES = [',', ',', '"', '"', '""', '\n', '\n', '\r', '\r\n', ' ', 'a', 'b', 'é', '漢', '\t'];

/** A text of random pieces; the same number gives the same text. */
function randomText(id: number, pieces: readonly string[], atMost: number): string {
  const { below, pick } = randomOf(SEED, pieces.length, id);
  return Array.from({ length: below(atMost) }, () => pick(pieces)).join('');
}

const WIDTH = 6;
const withoutHeader = (differing: Partial<CsvFormat> = {}): CsvFormat =>
  csvFormat({
    headerRow: null,
    columns: Array.from({ length: WIDTH }, (_, index) => `column_${index + 1}`),
    ...differing,
  });

/** What csv-parse makes of a text, as rows of the format's width; null when it finds a quote that is never closed. */
function parsed(text: string, format: CsvFormat): (string | null)[][] | null {
  try {
    return parse(text, {
      delimiter: format.delimiter,
      quote: format.quote,
      escape: format.escape,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }).map((values) => Array.from({ length: WIDTH }, (_, index) => values[index] || null));
  } catch {
    return null;
  }
}

async function holdAgainstCsvParse(pieces: readonly string[], format: CsvFormat, runs: number): Promise<number> {
  let held = 0;
  for (let id = 0; id < runs; id++) {
    const text = randomText(id, pieces, 30);
    const { rows } = await readAll(fileOf(Buffer.from(text), 1 + (id % 9)), format);
    const told = rows.flatMap(({ issues }) => issues).join();
    // There csv-parse goes on into later lines, or keeps the blanks.
    if (/never closed|Blanks follow/.test(told)) continue;
    held += 1;
    assert.deepEqual(
      rows.map(({ values }) => values),
      parsed(text, format),
      JSON.stringify(text),
    );
  }
  return held;
}

describe('the scanner', () => {
  test('reads random bytes as csv-parse does', async () => {
    assert.equal((await holdAgainstCsvParse(PIECES, withoutHeader(), 4_000)) > 1_500, true);
  });

  test('reads random bytes with other delimiters, quotes and escapes as csv-parse does', async () => {
    const escaped = PIECES.map((piece) => (piece === '""' ? '\\"' : piece)).concat('\\\\');
    assert.equal((await holdAgainstCsvParse(escaped, withoutHeader({ escape: '\\' }), 1_500)) > 300, true);
    const single = PIECES.map((piece) => piece.replaceAll('"', "'").replaceAll(',', ';'));
    const format = withoutHeader({ delimiter: ';', quote: "'", escape: "'" });
    assert.equal((await holdAgainstCsvParse(single, format, 1_500)) > 300, true);
    const plain = withoutHeader({ quote: null, escape: null, delimiter: '\t' });
    assert.equal(await holdAgainstCsvParse(PIECES, plain, 1_500), 1_500);
  });

  test('loses and repeats nothing that is written in random bytes', async () => {
    const letters = (text: string): string => text.replace(/[^\p{L}]/gu, '');
    const columns = Array.from({ length: 60 }, (_, index) => `column_${index + 1}`);
    for (let id = 0; id < 600; id++) {
      const text = randomText(id, PIECES, 60);
      const { rows } = await readAll(fileOf(Buffer.from(text)), withoutHeader({ columns }), {
        rangeBytes: 1 + (id % 40),
      });
      assert.equal(letters(rows.map(({ values }) => values.join('')).join('')), letters(text), JSON.stringify(text));
    }
  });

  test('cuts random bytes the same way in ranges of any size', async () => {
    for (let id = 0; id < 500; id++) {
      const bytes = Buffer.from(randomText(id, PIECES, 120));
      const whole = await readAll(fileOf(bytes), withoutHeader());
      const { below } = randomOf(SEED, 1, id);
      for (const rangeBytes of [1, 2 + below(20), 2 + below(100)]) {
        const limits = { rangeBytes, rangeRows: 1 + below(30), batchRows: 1 + below(5) };
        const { plan, rows } = await readAll(fileOf(bytes, 1 + below(50)), withoutHeader(), limits);
        assert.deepEqual(rows, whole.rows, JSON.stringify(bytes.toString()));
        assert.deepEqual({ ...plan, ranges: [] }, { ...whole.plan, ranges: [] });
        plan.ranges.forEach((range, index) => {
          const skipped = bytes.toString('utf8', plan.ranges[index - 1]?.end ?? 0, range.start);
          assert.match(skipped, /^[\r\n]*$/);
          assert.equal(
            range.rowBase,
            plan.ranges.slice(0, index).reduce((sum, { rows: before }) => sum + before, 0),
          );
        });
      }
    }
  });

  test('cuts random bytes the same way where records are longer than may be, or refuses them the same way', async () => {
    const limits = { recordBytes: 24, fieldBytes: 8 };
    let refused = 0;
    for (let id = 0; id < 400; id++) {
      const bytes = Buffer.from(randomText(id, PIECES, 120));
      const answers = await Promise.all(
        [1, 1_000].flatMap((pieceBytes) =>
          [5, 1_000].map((rangeBytes) =>
            readAll(fileOf(bytes, pieceBytes), withoutHeader(), { ...limits, rangeBytes }).then(
              ({ rows, plan }) => ({ rows, blankLines: plan.blankLines, irregularRows: plan.irregularRows }),
              (error: unknown) => {
                assert.ok(error instanceof AppError);
                return error.message;
              },
            ),
          ),
        ),
      );
      if (typeof answers[0] === 'string') refused += 1;
      for (const answer of answers) assert.deepEqual(answer, answers[0], JSON.stringify(bytes.toString()));
    }
    assert.equal(refused > 10 && refused < 390, true, `${refused}`);
  });

  test('reads on after any batch what it would have read', async () => {
    for (let id = 0; id < 200; id++) {
      const bytes = Buffer.from(randomText(id, PIECES, 150));
      const format = withoutHeader();
      const { ranges } = await planCsv(fileOf(bytes), format, { rangeBytes: 60 });
      for (const range of ranges) {
        const read = async (position: number | null) => {
          const batches: { rows: unknown; position: number; issues: unknown }[] = [];
          for await (const { rows, ...batch } of readCsv(fileOf(bytes), format, range, position, undefined, {
            batchRows: 2,
          }))
            batches.push({ ...batch, rows: rows.rows() });
          return batches;
        };
        const whole = await read(null);
        for (const [index, { position }] of whole.entries()) {
          assert.deepEqual(await read(position), whole.slice(index + 1), JSON.stringify(bytes.toString()));
        }
      }
    }
  });

  test('looks, while it plans, at the rows that reading gives', async () => {
    for (let id = 0; id < 400; id++) {
      const bytes = Buffer.from(randomText(id, PIECES, 150));
      const limits = { rangeBytes: 60, batchRows: 1 + (id % 5) };
      const seen: unknown[] = [];
      let ends = 0;
      const look = {
        rows: (rows: RowBlock, before: number) => {
          assert.equal(before, seen.length);
          seen.push(...rows.rows());
        },
        endRange: () => void ends++,
      };
      const plan = await planCsv(fileOf(bytes), withoutHeader(), limits, undefined, () => [look]);
      const { rows, plan: unseen } = await readAll(fileOf(bytes), withoutHeader(), limits);
      assert.deepEqual(plan, unseen);
      assert.equal(ends, plan.ranges.length);
      assert.deepEqual(
        seen,
        rows.map(({ values }) => values),
        JSON.stringify(bytes.toString()),
      );
    }
  });
});
