import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvValue } from '../../src/domain/csv-line.ts';
import { RowBlock } from '../../src/domain/row-block.ts';
import { ByteWriter } from '../../src/rows/byte-writer.ts';
import { writeCsv } from '../../src/rows/csv-block.ts';
import { withGuard } from '../../src/rows/formula-guard.ts';
import { seeded } from '../support/seeded.ts';

const WIDTH = 3;

function written(rows: readonly (readonly (string | null)[])[], free: readonly boolean[]): string {
  const writer = new ByteWriter();
  writeCsv(writer, RowBlock.of(rows), free);
  return writer.take().toString('utf8');
}

test('rows of bytes become the lines that their texts would become', () => {
  const random = seeded(4);
  const letters = Array.from(`'=+-@\t\r\n 1,."aß😀`);
  const value = (): string | null =>
    random.below(9) === 0 ? null : Array.from({ length: random.below(6) }, () => random.pick(letters)).join('');
  const rows = Array.from({ length: 30_000 }, () => Array.from({ length: WIDTH }, value));
  const lines = rows.map((row) => `${row.map((text) => csvValue(withGuard(text ?? ''))).join(',')}\r\n`);
  assert.equal(written(rows, [true, true, true]), lines.join(''));
});

test('numbers, days and ids are written as they are', () => {
  assert.equal(written([['-5e3', null, '-5']], [false, true, true]), '-5e3,,-5\r\n');
});
