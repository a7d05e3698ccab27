import { DEFAULT_LIMITS } from '../limits.ts';
import type { SpoolLimits } from '../limits.ts';
import { tableTooLarge } from '../row-spool.ts';
import type { Spooled } from '../spooled.ts';
import { textDecoding } from './text-decoder.ts';
import { UndecodableRows } from './undecodable-rows.ts';
import type { UndecodableRow } from './undecodable-rows.ts';

export interface TextOptions {
  /** The encoding the file is in, by any of its usual names. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  /** The record of the header from 1, or 0; default 1. Only for the numbers of rows in the report. */
  readonly headerRow?: number;
  /** What values are quoted with, or null; default `"`. Only for the numbers of rows in the report. */
  readonly quote?: string | null;
  readonly limits?: Partial<SpoolLimits>;
}

export interface TextReport {
  readonly format: 'text';
  /** The encoding's name in the Encoding Standard, or `cp` and the code page. */
  readonly encoding: string;
  /** Bytes or sequences that are no character of the encoding, each now U+FFFD. */
  readonly undecodable: number;
  /** The first 1,000 rows with such. */
  readonly undecodable_rows: readonly UndecodableRow[];
}

/**
 * A text in another encoding as UTF-8 without a byte order mark, otherwise as it is: delimiter, quotes and line ends
 * stay, so it is read with the format that was detected, and U+FFFD in a value is a character that could not be read.
 * Nothing is kept on disk. AppError `source_rejected` for an encoding nobody knows.
 */
export function spoolText(input: AsyncIterable<Uint8Array>, options: TextOptions): Spooled<TextReport> {
  const decoding = textDecoding(options.encoding);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const rows = new UndecodableRows(options.headerRow ?? 1, options.quote === undefined ? '"' : options.quote);
  let undecodableRows: readonly UndecodableRow[] = [];
  let bytes = 0;
  const encoded = (text: string): Buffer => {
    rows.add(text);
    const buffer = Buffer.from(text);
    bytes += buffer.length;
    if (bytes > limits.tableBytes) throw tableTooLarge(limits);
    return buffer;
  };
  async function* table(): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      options.signal.throwIfAborted();
      const text = decoding.decode(chunk);
      if (text !== '') yield encoded(text);
    }
    const rest = decoding.end();
    if (rest !== '') yield encoded(rest);
    undecodableRows = rows.end();
  }
  const stream = table();
  return {
    table: stream,
    report: () => ({
      format: 'text',
      encoding: decoding.encoding,
      undecodable: rows.characters,
      undecodable_rows: undecodableRows,
    }),
    async [Symbol.asyncDispose]() {
      await stream.return(undefined);
    },
  };
}
