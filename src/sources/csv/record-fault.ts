/** What is not as it should be with one record, as bits. */
export const FAULT = {
  /** It has fewer or more values than the header has names. */
  columns: 1,
  /** More values than names, and one that has no name is not empty, or they are more than may be. */
  surplus: 2,
  /** A quote inside a value that does not begin with one. */
  strayQuote: 4,
  /** Blanks between a closing quote and the end of the value. */
  blanksAfterQuote: 8,
  /** Text between a closing quote and the end of the value. */
  textAfterQuote: 16,
  /** A quote that is never closed. */
  unclosed: 32,
  /** A value longer than the limit. */
  tooLong: 64,
} as const;

/** A record that is not as it should be. */
export interface RecordFault {
  /** Its place among the rows of the scan, from 0. */
  readonly row: number;
  /** The line it begins in, from 1. */
  readonly line: number;
  /** Bits of `FAULT`. */
  readonly faults: number;
  /** How many values it has. */
  readonly columns: number;
  /** The column, from 1, of the first fault of a value; 0 when none has one. */
  readonly column: number;
  /** How it begins, as text. */
  readonly excerpt: string;
}
