import type { SourceRow } from './source.ts';

/**
 * Rows as their source wrote them: the bytes of all values, as UTF-8 text, and where each value lies among them. Rows
 * stay bytes from the socket to the target unless something has to look at a value, so most make no strings at all.
 */
export class RowBlock {
  readonly bytes: Buffer;
  /** For each row and column the offset of the value in `bytes` and its length, which is -1 for null. */
  readonly cells: Int32Array;
  /** Columns of a row. */
  readonly width: number;
  /** Rows. */
  readonly length: number;

  constructor(bytes: Buffer, cells: Int32Array, width: number, length: number) {
    this.bytes = bytes;
    this.cells = cells;
    this.width = width;
    this.length = length;
  }

  /** A block of rows that are at hand as values, all of the same width. */
  static of(rows: readonly SourceRow[]): RowBlock {
    const width = rows[0]?.length ?? 0;
    const cells = new Int32Array(rows.length * width * 2);
    const pieces: Buffer[] = [];
    let offset = 0;
    rows.forEach((row, index) => {
      if (row.length !== width) throw new Error(`row ${index} has ${row.length} values, the first has ${width}`);
      row.forEach((value, column) => {
        const piece = value === null ? null : Buffer.from(value);
        cells.set([offset, piece === null ? -1 : piece.length], (index * width + column) * 2);
        if (piece === null) return;
        pieces.push(piece);
        offset += piece.length;
      });
    });
    return new RowBlock(Buffer.concat(pieces, offset), cells, width, rows.length);
  }

  /** One value as text; null where the source has none. */
  value(row: number, column: number): string | null {
    const cell = (row * this.width + column) * 2;
    const start = this.cells[cell] ?? 0;
    const length = this.cells[cell + 1] ?? -1;
    return length < 0 ? null : this.bytes.toString('utf8', start, start + length);
  }

  /** The first values of a row, all of them when `width` is left out. */
  row(index: number, width: number = this.width): SourceRow {
    return Array.from({ length: width }, (_, column) => this.value(index, column));
  }

  /** All rows, or the first values of each; for those who look at few. */
  rows(width: number = this.width): SourceRow[] {
    return Array.from({ length: this.length }, (_, index) => this.row(index, width));
  }

  /** The rows after the first `count`. */
  after(count: number): RowBlock {
    return new RowBlock(this.bytes, this.cells.subarray(count * this.width * 2), this.width, this.length - count);
  }
}
