import { AppError } from '../../domain/errors.ts';
import { MAX_ISSUE_VALUE } from '../../domain/record.ts';
import { RowBlock } from '../../domain/row-block.ts';
import { afterLineEnd, byteKinds, CR, IS_DELIMITER, IS_QUOTE, LF, NOT_WHOLE, PLAIN, SPACE } from './byte-kinds.ts';
import type { ByteKinds } from './byte-kinds.ts';
import type { CsvLimits, CsvSyntax } from './csv-format.ts';
import { takeEscapesOut } from './escapes.ts';
import { readIrregular } from './irregular-record.ts';
import { QuotedValue, TEXT_FOLLOWS, UNCLOSED } from './quoted-value.ts';
import { FAULT } from './record-fault.ts';
import type { RecordFault } from './record-fault.ts';

/** What it means when the bytes end: more will follow, there are no more, or a record may not have more. */
type Ending = 'open' | 'final' | 'capped';

/** Bytes of a record that csv-parse is asked about; of a larger one the scanner's own reading counts. */
const IRREGULAR_BYTES = 1024 * 1024;

interface ScanOptions {
  readonly line?: number;
  readonly anyColumns?: boolean;
  readonly counting?: boolean;
}

type ScanLimits = Pick<CsvLimits, 'fieldBytes' | 'recordBytes' | 'columns'>;

/**
 * Cuts bytes into records and values, and says where they lie: the grammar of RFC 4180 with any of the three line ends,
 * made total. Every line belongs to exactly one record, or is blank, and the same bytes are cut the same way wherever
 * reading begins, as long as that is where a record does.
 *
 * A quote counts where a value begins; it ends at the next one that is not escaped. Where that is followed by something
 * else than the end of the value, the value goes on unquoted. A quoted value that is not closed before the end, nor
 * within the largest record, or that closes wrongly in a later line, is taken for a quote that was forgotten: its line is a
 * record with a fault, and the next line begins a new one, so that it cannot swallow what follows.
 */
export class RecordScanner {
  readonly #syntax: CsvSyntax;
  readonly #kinds: ByteKinds;
  readonly #quoted: QuotedValue;
  readonly #limits: ScanLimits;
  readonly #anyColumns: boolean;
  readonly #counting: boolean;
  /** Where cells of the current record lie whose values have escapes in them. */
  readonly #escaped: number[] = [];
  /** Columns that are kept of a record. */
  readonly width: number;
  /** For each row and column where its value lies and its length, which is -1 for none; valid until the next scan. */
  cells: Int32Array;
  /** Records found by the last scan. */
  rows = 0;
  /** The records among them that are not as they should be. */
  faults: RecordFault[] = [];
  /** Where the first byte lies that has not been taken. */
  next = 0;
  /** The line, from 1, that lies there. */
  line: number;
  /** The line the last record begins in. */
  recordLine = 0;
  /** Values of the last record, kept or not. */
  recordColumns = 0;
  /** Blank lines so far. */
  blankLines = 0;

  /**
   * @param width columns a record should have; fewer or more are a fault, and more are not kept
   * @param options.line the line the first byte lies in
   * @param options.anyColumns whether any number of columns is right; then only `recordColumns` cells of a row count
   * @param options.counting whether nobody looks at the values of records with faults
   */
  constructor(syntax: CsvSyntax, limits: ScanLimits, width: number, options: ScanOptions = {}) {
    this.#syntax = syntax;
    this.#limits = limits;
    this.width = width;
    this.line = options.line ?? 1;
    this.#anyColumns = options.anyColumns ?? false;
    this.#counting = options.counting ?? false;
    this.cells = new Int32Array(width * 2);
    this.#kinds = byteKinds(syntax);
    this.#quoted = new QuotedValue(this.#kinds);
  }

  /**
   * Takes records from the first byte on, those that begin before `until`, up to `maxRows` and to the last whole one.
   * Escapes are taken out of the bytes where they lie.
   * @param length how many of the bytes count; the one behind them is overwritten meanwhile
   * @param final whether nothing follows
   * @throws AppError `source_rejected` for a record beyond the limit
   */
  scan(bytes: Buffer, length: number, final: boolean, maxRows: number, until: number): void {
    this.rows = 0;
    this.faults = [];
    this.next = 0;
    const needed = maxRows * this.width * 2;
    if (this.cells.length < needed) this.cells = new Int32Array(needed);
    this.#scan(bytes, length, final ? 'final' : 'open', maxRows, until);
  }

  /** The records of the last scan, which took these bytes. */
  block(bytes: Buffer): RowBlock {
    return new RowBlock(bytes, this.cells, this.width, this.rows);
  }

  #scan(bytes: Buffer, to: number, ending: Ending, maxRows: number, until: number): void {
    // A line end behind the last byte spares every step the question whether it is the last.
    const behind = bytes[to] ?? 0;
    bytes[to] = LF;
    try {
      while (this.rows < maxRows && this.next < until && this.#take(bytes, to, ending));
    } finally {
      bytes[to] = behind;
    }
  }

  /** Takes a record or a blank line; false when it is not whole yet. */
  #take(bytes: Buffer, to: number, ending: Ending): boolean {
    const { cells } = this;
    const { outside } = this.#kinds;
    const { fieldBytes, columns: maxColumns } = this.#limits;
    const start = this.next;
    const final = ending === 'final';
    let at = start;
    if (bytes[at] === LF || bytes[at] === CR) return this.#blankLine(bytes, at, to, ending);

    const firstCell = this.rows * this.width * 2;
    const endCell = firstCell + this.width * 2;
    let cell = firstCell;
    let columns = 0;
    let faults = 0;
    let faultColumn = 0;
    let line = this.line;
    if (this.#escaped.length > 0) this.#escaped.length = 0;
    let kind = outside[bytes[at] as number];
    for (;;) {
      columns += 1;
      let from = at;
      let length: number;
      let fault = 0;
      if (kind === IS_QUOTE) {
        at = this.#quoted.find(bytes, at, to, final);
        if (at === NOT_WHOLE && ending === 'open') return this.#notWhole(bytes, start, to);
        if (at === NOT_WHOLE || at === UNCLOSED) return this.#unclosed(bytes, from, to, ending, columns, line);
        line += this.#quoted.lineEnds;
        if (at === TEXT_FOLLOWS) {
          fault = FAULT.textAfterQuote;
          at = this.#quoted.closedAt;
          kind = outside[bytes[at] as number];
          while (kind === PLAIN || kind === IS_QUOTE) kind = outside[bytes[++at] as number];
          length = at - from;
        } else {
          kind = outside[bytes[at] as number];
          from += 1;
          length = this.#quoted.closedAt - from;
          if (this.#quoted.hasEscapes && cell < endCell) this.#escaped.push(cell);
          if (at !== this.#quoted.closedAt + 1) fault = FAULT.blanksAfterQuote;
        }
      } else {
        while (outside[bytes[at] as number] === PLAIN) at += 1;
        kind = outside[bytes[at] as number];
        while (kind === IS_QUOTE) {
          fault = FAULT.strayQuote;
          at += 1;
          while (outside[bytes[at] as number] === PLAIN) at += 1;
          kind = outside[bytes[at] as number];
        }
        length = at - from;
      }
      if (length > fieldBytes) fault |= FAULT.tooLong;
      if (cell < endCell) {
        cells[cell] = from;
        cells[cell + 1] = length === 0 ? -1 : length;
        cell += 2;
      } else if (length > 0 || columns > maxColumns) fault |= FAULT.surplus;
      if (fault > 0) {
        faults |= fault;
        faultColumn ||= columns;
      }
      if (kind !== IS_DELIMITER) break;
      at += 1;
      kind = outside[bytes[at] as number];
    }

    const end = at;
    const next = at === to ? (final ? to : NOT_WHOLE) : afterLineEnd(bytes, at, to, final);
    if (next === NOT_WHOLE) return ending === 'open' ? this.#notWhole(bytes, start, to) : this.#tooLong();
    if (end - start > this.#limits.recordBytes) {
      return ending === 'capped' ? this.#tooLong() : this.#capped(bytes, start, to);
    }
    if (columns !== this.width && !this.#anyColumns) {
      faults |= FAULT.columns;
      while (cell < endCell) {
        cells[cell++] = start;
        cells[cell++] = -1;
      }
    }
    this.recordColumns = columns;
    if (faults > 0) this.#keepFault(bytes, start, end, faults, faultColumn);
    if ((faults & FAULT.textAfterQuote) > 0) this.#readAgain(bytes, start, end, 0, this.#syntax);
    else if (this.#escaped.length > 0) takeEscapesOut(bytes, cells, this.#escaped, this.#kinds);
    return this.#taken(next, line + 1);
  }

  #taken(next: number, line: number): true {
    this.recordLine = this.line;
    this.line = line;
    this.next = next;
    this.rows += 1;
    return true;
  }

  #blankLine(bytes: Buffer, at: number, to: number, ending: Ending): boolean {
    const next = afterLineEnd(bytes, at, to, ending === 'final');
    if (next === NOT_WHOLE) return false;
    this.next = next;
    this.line += 1;
    this.blankLines += 1;
    return true;
  }

  /** More bytes are needed, unless a record may not have that many. */
  #notWhole(bytes: Buffer, start: number, to: number): boolean {
    return to - start > this.#limits.recordBytes + 2 ? this.#capped(bytes, start, to) : false;
  }

  /** Looks at a record that is longer than allowed again, and no further than that: the same whatever lies behind. */
  #capped(bytes: Buffer, start: number, to: number): boolean {
    // Two more, so that a line end behind the largest record is seen.
    const cap = Math.min(to, start + this.#limits.recordBytes + 2);
    this.#scan(bytes, cap, 'capped', this.rows + 1, start + 1);
    return true;
  }

  #tooLong(): never {
    throw new AppError(
      'source_rejected',
      `The record that begins in line ${this.line} is longer than ${this.#limits.recordBytes} bytes.`,
      { details: { line: this.line } },
    );
  }

  /** Takes the record up to the end of the line in which a quote opens, at `open`, that is never closed. */
  #unclosed(bytes: Buffer, open: number, to: number, ending: Ending, column: number, line: number): boolean {
    const start = this.next;
    const lineEnd = this.#quoted.firstLineEnd;
    const end = lineEnd < 0 ? to : lineEnd;
    if (end - start > this.#limits.recordBytes || (lineEnd < 0 && ending === 'capped')) return this.#tooLong();
    const next = lineEnd < 0 ? to : afterLineEnd(bytes, lineEnd, to, ending === 'final');
    if (next === NOT_WHOLE) return this.#tooLong();
    this.recordColumns = column;
    this.#keepFault(bytes, start, end, FAULT.unclosed, column);
    takeEscapesOut(bytes, this.cells, this.#escaped, this.#kinds);
    this.cells.fill(
      -1,
      (this.rows * this.width + Math.min(column - 1, this.width)) * 2,
      (this.rows + 1) * this.width * 2,
    );
    // The rest of the line is read as if the quote meant nothing.
    this.#readAgain(bytes, open, end, column - 1, { ...this.#syntax, quote: null, escape: null });
    return this.#taken(next, line + 1);
  }

  #keepFault(bytes: Buffer, start: number, end: number, faults: number, column: number): void {
    // A character of JavaScript is three bytes at the most.
    const excerpt = bytes.toString('utf8', start, Math.min(end, start + MAX_ISSUE_VALUE * 3)).slice(0, MAX_ISSUE_VALUE);
    this.faults.push({ row: this.rows, line: this.line, faults, columns: this.recordColumns, column, excerpt });
  }

  /** Puts values as csv-parse reads them, from a column on, in place of their bytes, which are no fewer. */
  #readAgain(bytes: Buffer, start: number, end: number, firstColumn: number, syntax: CsvSyntax): void {
    if (this.#counting || end - start > IRREGULAR_BYTES) return;
    const values = readIrregular(bytes.subarray(start, end), syntax);
    if (values === null) return;
    let at = start;
    for (let column = firstColumn; column < this.width; column++) {
      const cell = (this.rows * this.width + column) * 2;
      const written = bytes.write(values[column - firstColumn] ?? '', at, end - at, 'latin1');
      this.cells[cell] = at;
      this.cells[cell + 1] = written === 0 ? -1 : written;
      at += written;
    }
    bytes.fill(SPACE, at, end);
    this.recordColumns = firstColumn + values.length;
  }
}
