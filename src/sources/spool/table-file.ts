import { csvValue } from './csv-text.ts';
import type { SpoolLimits } from './limits.ts';
import { ROW_HEADER, outOfProportion, tableTooLarge } from './row-spool.ts';
import type { RowsSpooled } from './row-spool.ts';
import type { ScratchFile } from './scratch-file.ts';
import { ISSUES_COLUMN } from './spooled.ts';

const OUTPUT_BYTES = 256 * 1024;

/**
 * How large the table file of these rows is, in bytes. Refuses one that is too large or out of all proportion to the
 * `source` bytes, as rows with one cell in the last column would make it.
 */
export function tableBytes(rows: RowsSpooled, columns: readonly string[], source: number, limits: SpoolLimits): number {
  const width = Math.max(columns.length, 1);
  const bytes =
    header(columns).length + rows.cellBytes + rows.issueBytes + rows.rows * (width + 1) - rows.slots + rows.rows;
  if (bytes > limits.tableBytes) throw tableTooLarge(limits);
  if (bytes > limits.ratioFreeBytes && bytes > source * limits.ratio) throw outOfProportion(bytes, source);
  return bytes;
}

/** The table file of spooled rows: header line, then every row filled up to the width of the header. */
export async function* tableOf(
  file: ScratchFile,
  rows: RowsSpooled,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const width = Math.max(columns.length, 1);
  const out = new Output(header(columns));
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.read(0, rows.bytes, signal)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + ROW_HEADER <= bytes.length) {
      const cells = bytes.readUInt32LE(at);
      const cellsEnd = at + ROW_HEADER + bytes.readUInt32LE(at + 4);
      const end = cellsEnd + bytes.readUInt32LE(at + 8);
      if (end > bytes.length) break;
      out.append(bytes, at + ROW_HEADER, cellsEnd);
      out.fill(0x2c, width - Math.max(cells, 1) + 1);
      out.append(bytes, cellsEnd, end);
      out.fill(0x0a, 1);
      at = end;
      if (out.full) yield out.take();
    }
    rest = bytes.subarray(at);
  }
  yield out.take();
}

function header(columns: readonly string[]): Buffer {
  const names = columns.length === 0 ? [''] : columns;
  return Buffer.from(`${[...names, ISSUES_COLUMN].map(csvValue).join(',')}\n`);
}

class Output {
  #buffer: Buffer;
  #used: number;

  constructor(first: Buffer) {
    this.#buffer = first;
    this.#used = first.length;
  }

  get full(): boolean {
    return this.#used >= OUTPUT_BYTES;
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    this.#used += bytes.copy(this.#buffer, this.#used, start, end);
  }

  fill(byte: number, times: number): void {
    this.#reserve(times);
    this.#buffer.fill(byte, this.#used, this.#used + times);
    this.#used += times;
  }

  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#used);
    this.#buffer = Buffer.allocUnsafeSlow(OUTPUT_BYTES * 2);
    this.#used = 0;
    return taken;
  }

  #reserve(room: number): void {
    const needed = this.#used + room;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2, OUTPUT_BYTES));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}
