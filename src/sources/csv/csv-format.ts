/** How the text of a CSV file is cut into records and values. */
export interface CsvSyntax {
  /** One ASCII character: `,` `;` `|` or a tab, as a rule. */
  readonly delimiter: string;
  /** One ASCII character, or null when quotes are ordinary characters. */
  readonly quote: string | null;
  /**
   * What makes a quote inside quotes a character: the quote itself (doubled), or another ASCII character before it, such
   * as a backslash, which then escapes itself as well and nothing else.
   */
  readonly escape: string | null;
}

/** What a CSV file was found to be, or said to be by whoever sent it. */
export interface CsvFormat extends CsvSyntax {
  /** A name `createDecoder` knows, as the WHATWG Encoding Standard has it where that has one. */
  readonly encoding: string;
  /** How sure the encoding is, from 0 to 1; 1 when it was given, or said by a byte order mark. */
  readonly confidence: number;
  /** What the encoding, delimiter, quotes and header were told by, as sentences. */
  readonly evidence: readonly string[];
  /** Bytes of the byte order mark. */
  readonly bomBytes: number;
  /** How lines end; of a file that mixes them, the end most of them have. All are read, whichever this is. */
  readonly newline: '\n' | '\r\n' | '\r';
  /** The line, from 1, in which the header begins; null when the file has none. */
  readonly headerRow: number | null;
  /** The header's names as they are written; `column_1` … when there is none. */
  readonly columns: readonly string[];
}

/** Bounds of what is read; whatever they are, memory never grows beyond a few of `recordBytes`. */
export interface CsvLimits {
  /** Bytes of one value; a row with a longer one is an issue. 1 MiB. */
  readonly fieldBytes: number;
  /** Bytes of one record; a file with a longer one is refused. 16 MiB. */
  readonly recordBytes: number;
  /** Columns of the header; a file with more is refused. 2,000. */
  readonly columns: number;
  /** Bytes after which a range ends, with the record they end in. 50 MB. */
  readonly rangeBytes: number;
  /** Rows of a range at the most. 250,000. */
  readonly rangeRows: number;
  /** Rows of a batch at the most. 1,000. */
  readonly batchRows: number;
}

export const CSV_LIMITS: CsvLimits = {
  fieldBytes: 1024 * 1024,
  recordBytes: 16 * 1024 * 1024,
  columns: 2_000,
  rangeBytes: 50_000_000,
  rangeRows: 250_000,
  batchRows: 1_000,
};

/** Gives the bytes of a file from `start` up to `end`, all that follow without it. */
export type ReadBytes = (span: {
  readonly start: number;
  readonly end?: number;
  readonly signal?: AbortSignal;
}) => AsyncIterable<Uint8Array>;

const BATCH_CELLS = 65_536;

/** Rows of a batch of so many columns: fewer of wide ones, so that all of a batch is at hand in the processor's cache. */
export function batchRows(limits: CsvLimits, columns: number): number {
  return Math.max(1, Math.min(limits.batchRows, Math.floor(BATCH_CELLS / columns)));
}
