import type { SpoolLimits } from '../limits.ts';
import { refuseFile } from '../refusal.ts';

/** How the values of a file follow each other: in one array, one a line, or one after the other. */
export type JsonLayout = 'array' | 'lines' | 'sequence';

/** The text of one value, or null when it is too long to be taken. */
export type JsonPiece = Buffer | null;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LINE_FEED = 0x0a;

/** Bytes of the longest value that is taken: in the table its quotes are doubled. */
export function longestValue(limits: SpoolLimits): number {
  return Math.floor(limits.rowBytes / 2);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
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
  #depth = 0;
  #inString = false;
  #escaped = false;
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
        const end = this.#layout === 'lines' ? endOfLine(chunk, at) : this.#endOfValue(chunk, at);
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
    if (
      this.#inside &&
      this.#layout !== 'array' &&
      (this.#layout === 'lines' || this.#depth === 0) &&
      !this.#inString
    ) {
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

  /** Where the value ends that `chunk` goes on with at `from`, or -1. */
  #endOfValue(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#endOfString(chunk, at);
        if (this.#inString) return -1;
        if (this.#depth === 0) return at;
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        // A quote in the middle of a word begins another value, which the parser will not take for one.
        this.#inString = true;
      } else if (byte === OPEN || byte === OPEN_BRACE) {
        this.#depth += 1;
      } else if (byte === CLOSE || byte === CLOSE_BRACE) {
        // At depth 0 it closes what is around the value.
        if (this.#depth === 0) return at;
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      } else if (this.#depth === 0 && (byte === COMMA || isBlank(byte))) return at;
      at += 1;
    }
    return -1;
  }

  #endOfString(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
    }
    return at;
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
    this.#depth = 0;
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
