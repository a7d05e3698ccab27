import type { SpoolLimits } from '../limits.ts';
import { refuseFile } from '../refusal.ts';
import { isBlank, ValueEnd } from './value-end.ts';

/** How the values of a file follow each other: in one array, one a line, or one after the other. */
export type JsonLayout = 'array' | 'lines' | 'sequence';

/** The text of one value, or null when it is too long to be taken. */
export type JsonPiece = Buffer | null;

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CLOSE_BRACE = 0x7d;
const LINE_FEED = 0x0a;

/** Bytes of the longest value that is taken: in the table its quotes are doubled. */
export function longestValue(limits: SpoolLimits): number {
  return Math.floor(limits.rowBytes / 2);
}

type Expected = 'start' | 'first' | 'value' | 'next' | 'end';

/**
 * Cuts a stream of JSON bytes into its values, without looking at more of them than quotes and brackets: whether a value
 * is JSON is for whoever parses it. Holds one value at a time, of at most `longestValue`. What does not stand between values
 * as it must (a missing comma, an array without end) ends the reading with an AppError that names the byte.
 */
export class ValueSplitter {
  readonly #layout: JsonLayout;
  readonly #valueBytes: number;
  #expected: Expected;
  #parts: Buffer[] = [];
  #held = 0;
  #inside = false;
  readonly #end = new ValueEnd();
  #tooLong = false;
  #before = 0;

  constructor(layout: JsonLayout, limits: SpoolLimits) {
    this.#layout = layout;
    this.#valueBytes = longestValue(limits);
    this.#expected = layout === 'array' ? 'start' : 'value';
  }

  /** Whether the file is still in its first value and that is longer than any row: then its rows lie elsewhere. */
  get endless(): boolean {
    return this.#layout !== 'array' && this.#tooLong;
  }

  *push(chunk: Buffer): Generator<JsonPiece> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#inside) {
        const end = this.#layout === 'lines' ? endOfLine(chunk, at) : this.#end.find(chunk, at);
        this.#hold(chunk.subarray(at, end < 0 ? chunk.length : end));
        if (end < 0) break;
        at = end;
        yield this.#take();
      } else {
        const byte = chunk[at] ?? 0;
        if (isBlank(byte) || this.#between(byte, this.#before + at)) at += 1;
      }
    }
    this.#before += chunk.length;
  }

  /** After the last chunk: a value that nothing had to follow, or an error when something had to. */
  *end(): Generator<JsonPiece> {
    if (this.#inside && this.#layout !== 'array' && !this.#end.isOpen) {
      yield this.#take();
      return;
    }
    if (this.#inside || (this.#layout === 'array' && this.#expected !== 'end')) {
      throw refuseFile('damaged', 'The JSON file is cut off: it ends in the middle of a value or array.');
    }
  }

  /** A byte between values: true when it is taken, false when a value begins with it. */
  #between(byte: number, position: number): boolean {
    const expected = this.#expected;
    const begins = this.#layout === 'lines' || !(byte === COMMA || byte === CLOSE || byte === CLOSE_BRACE);
    if (begins && (this.#layout !== 'array' || expected === 'first' || expected === 'value')) {
      this.#inside = true;
      return false;
    }
    // Only the words of an array are left, which stand in no other layout: there, a value is what is always expected.
    if (expected === 'start' && byte === OPEN) this.#expected = 'first';
    else if (expected === 'next' && byte === COMMA) this.#expected = 'value';
    else if ((expected === 'next' || expected === 'first') && byte === CLOSE) this.#expected = 'end';
    else throw misplaced(expected, position);
    return true;
  }

  #hold(bytes: Buffer): void {
    this.#held += bytes.length;
    this.#tooLong ||= this.#held > this.#valueBytes;
    if (this.#tooLong) this.#parts = [];
    else this.#parts.push(bytes);
  }

  #take(): JsonPiece {
    const bytes = this.#tooLong ? null : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#held = 0;
    this.#inside = false;
    this.#tooLong = false;
    if (this.#layout === 'array') this.#expected = 'next';
    return bytes;
  }
}

function endOfLine(chunk: Buffer, from: number): number {
  return chunk.indexOf(LINE_FEED, from);
}

function misplaced(expected: Expected, position: number): Error {
  const what: Readonly<Record<Expected, string>> = {
    start: 'an array',
    first: 'a value or the end of the array',
    value: 'a value',
    next: 'a comma or the end of the array',
    end: 'nothing more',
  };
  return refuseFile(
    'damaged',
    `The JSON file is not valid: at byte ${position + 1} there should be ${what[expected]}.`,
    {
      facts: { byte: position + 1 },
    },
  );
}
