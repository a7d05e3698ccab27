import { RowBlock } from '../../../domain/row-block.ts';

const FIRST_BYTES = 64 * 1024;
const FIRST_CELLS = 4_096;

/** Collects the bodies of DataRow messages (PostgreSQL documentation, "Message Formats") into a block of rows. */
export class RowBlockBuilder {
  #buffer: Buffer;
  #cells: Int32Array;
  #width = 0;
  #bytes = 0;
  #length = 0;

  /** @param idle a block that nobody looks at any more, whose memory is used again */
  constructor(idle?: RowBlock) {
    this.#buffer = idle ? Buffer.from(idle.bytes.buffer) : Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#cells = idle ? idle.cells : new Int32Array(FIRST_CELLS);
  }

  /** Rows so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds the row whose message lies from `start` up to `end`. False when it is no row of the same number of columns
   * that ends where it should: nothing a server says may lead beyond its own bytes.
   */
  add(message: Buffer, start: number, end: number): boolean {
    if (end - start < 2) return false;
    const width = message.readUInt16BE(start);
    if (this.#length === 0) this.#width = width;
    else if (width !== this.#width) return false;
    this.#reserve(end - start);
    const offset = this.#bytes - start;
    const cells = this.#cells;
    let cell = this.#length * width * 2;
    let at = start + 2;
    for (let column = 0; column < width; column++) {
      if (at + 4 > end) return false;
      const length = message.readInt32BE(at);
      at += 4;
      cells[cell++] = at + offset;
      cells[cell++] = length;
      if (length > 0) at += length;
      if (length < -1 || at > end) return false;
    }
    if (at !== end) return false;
    message.copy(this.#buffer, this.#bytes, start, end);
    this.#bytes += end - start;
    this.#length += 1;
    return true;
  }

  /** The rows so far. The builder is used up. */
  build(): RowBlock {
    return new RowBlock(this.#buffer.subarray(0, this.#bytes), this.#cells, this.#width, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#bytes + bytes;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#bytes);
      this.#buffer = larger;
    }
    const cells = (this.#length + 1) * this.#width * 2;
    if (cells > this.#cells.length) {
      const larger = new Int32Array(Math.max(cells, this.#cells.length * 2));
      larger.set(this.#cells);
      this.#cells = larger;
    }
  }
}
