import { DEFAULT_LIMITS } from '../limits.ts';
import type { SpoolLimits } from '../limits.ts';
import { peek } from '../peek.ts';
import type { Peeked } from '../peek.ts';
import { refuseFile } from '../refusal.ts';
import { RowSpool } from '../row-spool.ts';
import { ScratchFile } from '../scratch-file.ts';
import type { SpoolOptions, Spooled } from '../spooled.ts';
import { tableBytes, tableOf } from '../table-file.ts';
import { createDecoder } from '../../text/decoder.ts';
import { LAYOUT_BYTES, jsonLayout } from './json-layout.ts';
import { JsonTable } from './json-table.ts';
import type { JsonFacts } from './json-table.ts';
import { ValueSplitter, longestValue } from './split-values.ts';
import type { JsonLayout } from './split-values.ts';

export interface JsonOptions extends SpoolOptions {
  /** How rows lie in the file; found by its first line when absent. */
  readonly layout?: JsonLayout;
  readonly limits?: Partial<SpoolLimits>;
  /** Told now and then how many rows have been read. */
  readonly progress?: (rows: number) => void;
}

export interface JsonReport extends JsonFacts {
  readonly format: 'json';
  readonly layout: JsonLayout;
  readonly rows: number;
  /** Names of members, in the order they appear in the file. */
  readonly columns: readonly string[];
}

/**
 * A JSON array of objects, or objects one a line or one after the other, as a table file. Columns are all names of
 * members, so they are known after the last row: rows are spooled once, and `table` is made of these. A row that is not
 * JSON, too long or too deep is a row with an issue. AppError `source_rejected` when the array itself is broken or cut
 * off, or when no row can be read.
 */
export async function spoolJson(input: AsyncIterable<Uint8Array>, options: JsonOptions): Promise<Spooled<JsonReport>> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  await using stack = new AsyncDisposableStack();
  const rowsFile = stack.use(ScratchFile.create(options.scratchFolder));
  const source = await peek(input, LAYOUT_BYTES);
  stack.defer(source.close);
  const text = utf8(source);
  const layout = options.layout ?? jsonLayout(text.start);
  const spool = new RowSpool(rowsFile.fd, limits);
  const table = new JsonTable(spool, limits);
  const splitter = new ValueSplitter(layout, limits);
  let sourceBytes = 0;
  for await (const chunk of text.all) {
    options.signal.throwIfAborted();
    sourceBytes += chunk.length;
    for (const piece of splitter.push(chunk)) {
      table.add(piece);
      if (!spool.full) continue;
      spool.holdTo(sourceBytes);
      options.progress?.(spool.rows);
      await spool.drain();
    }
    if (splitter.endless && table.rows === 0) throw oneValue(limits);
  }
  for (const piece of splitter.end()) table.add(piece);
  table.end();
  const rows = await spool.finish();
  tableBytes(rows, table.columns, sourceBytes, limits);
  const report: JsonReport = { format: 'json', layout, rows: rows.rows, columns: table.columns, ...table.facts };
  const kept = stack.move();
  return {
    table: tableOf(rowsFile, rows, table.columns, options.signal),
    report: () => report,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The file in UTF-8 without a byte order mark. UTF-16 is known by its mark or by the zero beside the first character. */
function utf8({ start, all }: Peeked): { readonly start: Buffer; readonly all: AsyncIterable<Buffer> } {
  const [first = 1, second = 1, third] = start;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { start: start.subarray(3), all: skip(all, 3) };
  const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const little = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  if (!big && !little) return { start, all };
  const encoding = big ? 'utf-16be' : 'utf-16le';
  return {
    start: Buffer.from(createDecoder(encoding, 'left out').decode(start, { stream: true })),
    all: transcoded(all, encoding),
  };
}

async function* skip(input: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of input) {
    yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function* transcoded(input: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = createDecoder(encoding, 'left out');
  for await (const chunk of input) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

function oneValue(limits: SpoolLimits): Error {
  return refuseFile(
    'no_table',
    `The first value of the JSON file has more than ${longestValue(limits)} bytes: rows must be an array of objects at its top, or objects one a line.`,
  );
}
