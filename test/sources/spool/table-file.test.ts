import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { DEFAULT_LIMITS } from '../../../src/sources/spool/limits.ts';
import { RowSpool } from '../../../src/sources/spool/row-spool.ts';
import { ScratchFile } from '../../../src/sources/spool/scratch-file.ts';
import type { CellIssue } from '../../../src/sources/spool/spooled.ts';
import { tableBytes, tableOf } from '../../../src/sources/spool/table-file.ts';
import { SPOOL_OPTIONS, allOf, refusal } from './spooling.ts';

const LIMITS = { ...DEFAULT_LIMITS, rowBytes: 2 ** 20 };
const PIECES = ['', 'a', 'ü', '東', '😀', ',', '"', '\n', '\r\n', '\ufeff', ' ', '\u0000', "'", ';', 'x'.repeat(5000)];

/** The same row of numbers each time: 0 to 1, by a linear congruence. */
function chance(): () => number {
  let state = 7;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('rows of any text and width are read back as they were, filled up to the table’s width', async () => {
  const next = chance();
  const upTo = (count: number): number => Math.floor(next() * count);
  const text = (): string => Array.from({ length: upTo(5) }, () => PIECES[upTo(PIECES.length)] ?? '').join('');
  const rows = Array.from({ length: 2000 }, () => Array.from({ length: upTo(6) }, text));
  rows.push(['y'.repeat(900_000)]);
  const columns = ['\ufeffa', 'b,"c"', '', 'd', 'e', 'f'];
  const issue: CellIssue = { column: 0, code: 'invalid_format', message: 'Said "so", twice\n', value: null };
  await using file = ScratchFile.create(tmpdir());
  const spool = new RowSpool(file.fd, LIMITS);
  for (const [index, row] of rows.entries()) {
    for (const value of row) spool.value(value === '' ? null : value);
    spool.endRow(index % 10 === 0 ? [issue] : []);
    if (spool.full) await spool.drain();
  }
  const spooled = await spool.finish();
  const table = await allOf(tableOf(file, spooled, columns, SPOOL_OPTIONS.signal));
  const expected = rows.map((row, index) => [
    ...Array.from({ length: 6 }, (_, column) => row[column] ?? ''),
    index % 10 === 0 ? JSON.stringify([issue]) : '',
  ]);
  assert.equal(tableBytes(spooled, columns, table.length, LIMITS), table.length);
  assert.deepEqual(parse(table), [[...columns, '_issues'], ...expected]);
});

test('a row beyond the limit is refused with its number', async () => {
  await using file = ScratchFile.create(tmpdir());
  const spool = new RowSpool(file.fd, LIMITS);
  spool.value('a');
  spool.endRow([]);
  const long = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) spool.value('x'.repeat(500_000));
    await spool.drain();
  };
  assert.deepEqual(await refusal(long()), {
    code: 'too_large',
    reason: undefined,
    message: 'Row 2 has more than 1048576 bytes.',
  });
});

test('a scratch file takes no more than it may, and has no name that could stay', async () => {
  async function* zeros(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1000);
  }
  const options = { folder: tmpdir(), maxBytes: 10_000, signal: SPOOL_OPTIONS.signal };
  assert.equal((await refusal(ScratchFile.of(zeros(), options))).message, 'The file has more than 10000 bytes.');
});
