import { csvValue, issuesText } from './csv-text.ts';
import type { SpoolLimits } from './limits.ts';
import { refuseFile, tooLarge } from './refusal.ts';
import { writeAt } from './scratch-file.ts';
import type { CellIssue } from './spooled.ts';

const FULL = 256 * 1024;
/** Before a row's bytes: how many cells it has, bytes of the cells, bytes of the issues. */
export const ROW_HEADER = 12;

/** What was spooled; plain data, so that another process can tell it. */
export interface RowsSpooled {
  readonly bytes: number;
  readonly rows: number;
  readonly cellBytes: number;
  readonly issueBytes: number;
  /** Cells of all rows, a row without any counted as one. */
  readonly slots: number;
  /** Cells of the widest row. */
  readonly width: number;
}

/**
 * Rows on their way to a table file whose columns are not known before the last row: each is kept with its own cells,
 * already written as CSV, and filled up to the table's width when it is read again (`tableOf`). After `full`, `drain`.
 */
export class RowSpool {
  readonly #fd: number;
  readonly #limits: SpoolLimits;
  #buffer = Buffer.allocUnsafeSlow(2 * FULL);
  #used = 0;
  #rowStart = 0;
  #cells = 0;
  #written = 0;
  #rows = 0;
  #cellBytes = 0;
  #issueBytes = 0;
  #slots = 0;
  #width = 0;

  constructor(fd: number, limits: SpoolLimits) {
    this.#fd = fd;
    this.#limits = limits;
    this.#used = ROW_HEADER;
  }

  get full(): boolean {
    return this.#rowStart >= FULL;
  }

  /** Rows ended so far. */
  get rows(): number {
    return this.#rows;
  }

  /** The next cell of the row, in the order of the columns; null is an empty one. */
  value(text: string | null): void {
    if (text === null) {
      this.#comma(0);
      return;
    }
    const written = csvValue(text);
    this.#comma(written.length * 3);
    this.#used += this.#buffer.write(written, this.#used);
  }

  /** The next cell, already written as CSV. */
  written(bytes: Buffer): void {
    this.#comma(bytes.length);
    this.#used += bytes.copy(this.#buffer, this.#used);
  }

  endRow(issues: readonly CellIssue[]): void {
    const cellBytes = this.#used - this.#rowStart - ROW_HEADER;
    const text = issuesText(issues);
    this.#reserve(text.length * 3 + ROW_HEADER);
    const issueBytes = this.#buffer.write(text, this.#used);
    if (cellBytes + issueBytes > this.#limits.rowBytes) throw this.#rowTooLong();
    this.#buffer.writeUInt32LE(this.#cells, this.#rowStart);
    this.#buffer.writeUInt32LE(cellBytes, this.#rowStart + 4);
    this.#buffer.writeUInt32LE(issueBytes, this.#rowStart + 8);
    this.#rows += 1;
    this.#cellBytes += cellBytes;
    this.#issueBytes += issueBytes;
    this.#slots += Math.max(this.#cells, 1);
    this.#width = Math.max(this.#width, this.#cells);
    this.#cells = 0;
    this.#rowStart = this.#used + issueBytes;
    this.#used = this.#rowStart + ROW_HEADER;
  }

  /** Writes out all rows that have ended. */
  async drain(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#rowStart);
    await writeAt(this.#fd, bytes, this.#written);
    this.#written += bytes.length;
    this.#buffer.copyWithin(0, this.#rowStart, this.#used);
    this.#used -= this.#rowStart;
    this.#rowStart = 0;
  }

  async finish(): Promise<RowsSpooled> {
    await this.drain();
    return {
      bytes: this.#written,
      rows: this.#rows,
      cellBytes: this.#cellBytes,
      issueBytes: this.#issueBytes,
      slots: this.#slots,
      width: this.#width,
    };
  }

  /** Refuses a file whose table is out of all proportion to the `source` bytes it has been made of. */
  holdTo(source: number): void {
    const made = this.#written + this.#rowStart;
    if (made > this.#limits.tableBytes) throw tableTooLarge(this.#limits);
    if (made > this.#limits.ratioFreeBytes && made > source * this.#limits.ratio) throw outOfProportion(made, source);
  }

  #rowTooLong(): Error {
    const row = this.#rows + 1;
    return tooLarge(`Row ${row} has more than ${this.#limits.rowBytes} bytes.`, { row });
  }

  #comma(room: number): void {
    this.#reserve(room + 1);
    if (this.#cells > 0) {
      this.#buffer[this.#used] = 0x2c;
      this.#used += 1;
    }
    this.#cells += 1;
  }

  #reserve(room: number): void {
    const needed = this.#used + room;
    if (needed <= this.#buffer.length) return;
    if (this.#used - this.#rowStart > this.#limits.rowBytes) throw this.#rowTooLong();
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

export function tableTooLarge(limits: SpoolLimits): Error {
  return tooLarge(`The file's table has more than ${limits.tableBytes} bytes.`, { max_bytes: limits.tableBytes });
}

export function outOfProportion(made: number, source: number): Error {
  return refuseFile('suspicious', 'The file unpacks to far more than its size: it is taken for a decompression bomb.', {
    facts: { packed_bytes: source, unpacked_bytes: made },
  });
}
