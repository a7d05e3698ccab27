import { DEFAULT_LIMITS } from '../limits.ts';
import type { SpoolLimits } from '../limits.ts';
import { tableTooLarge } from '../row-spool.ts';
import type { Spooled } from '../spooled.ts';
import { createDecoder } from '../../text/decoder.ts';
import { knownEncoding } from './known-encoding.ts';

export interface TextOptions {
  /** The encoding the file is in, by any of its usual names. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  readonly limits?: Partial<SpoolLimits>;
}

export interface TextReport {
  readonly format: 'text';
  /** The encoding's name in the Encoding Standard, or `cp` and the code page. */
  readonly encoding: string;
  /** Bytes or sequences of bytes that are no character of the encoding. */
  readonly undecodable: number;
}

/** A byte that UTF-8 never has: it stands where there was no character, and is found there by whoever reads the rows. */
const NO_CHARACTER = 0xff;
const REPLACEMENT = Buffer.from('\ufffd');

/**
 * A text in another encoding as UTF-8 without a byte order mark, otherwise as it is: delimiter, quotes and line ends
 * stay, so it is read with the format that was detected. What could not be decoded becomes a byte that is no UTF-8, so
 * that reading the table tells its row and column as it does for any text that is not what it says. Nothing is kept on
 * disk. AppError `source_rejected` for an encoding nobody knows.
 */
export function spoolText(input: AsyncIterable<Uint8Array>, options: TextOptions): Spooled<TextReport> {
  const encoding = knownEncoding(options.encoding);
  const decoder = createDecoder(encoding, 'left out');
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let undecodable = 0;
  let written = 0;
  const encoded = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    const marked = text.includes('\ufffd') ? withoutReplacements(bytes) : bytes;
    undecodable += (bytes.length - marked.length) / (REPLACEMENT.length - 1);
    written += marked.length;
    if (written > limits.tableBytes) throw tableTooLarge(limits);
    return marked;
  };
  async function* table(): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      options.signal.throwIfAborted();
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield encoded(text);
    }
    const rest = decoder.decode();
    if (rest !== '') yield encoded(rest);
  }
  const stream = table();
  return {
    table: stream,
    report: () => ({ format: 'text', encoding, undecodable }),
    async [Symbol.asyncDispose]() {
      await stream.return(undefined);
    },
  };
}

function withoutReplacements(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(REPLACEMENT); at >= 0; at = bytes.indexOf(REPLACEMENT, from)) {
    parts.push(bytes.subarray(from, at), Buffer.of(NO_CHARACTER));
    from = at + REPLACEMENT.length;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}
