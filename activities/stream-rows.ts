import type { Pool } from 'pg';
import type { RowBlock } from '../src/domain/row-block.ts';
import { watched } from '../src/platform/watched.ts';
import { RowBatchStream } from '../src/sources/postgres/reading/row-batch-stream.ts';
import type { Statement } from '../src/vql/compile.ts';

/** The server need not be asked for the next rows before it goes on; blocks are full by their bytes long before. */
const BATCH = { rows: 100_000, bytes: 256 * 1024 };

/** The database may sort all rows before it gives the first one; it is not silent for so long otherwise. */
const STALL_MS = 300_000;

/**
 * All rows of a statement, block by block, on a session of their own; memory does not grow with them. A block is the
 * reader's until it asks for the next. A server that dies in the middle, which the stream itself never notices, ends it
 * with an error.
 */
export async function* streamRows(
  pool: Pool,
  { text, values }: Statement,
  signal: AbortSignal,
): AsyncGenerator<RowBlock, void, undefined> {
  const client = await pool.connect();
  const lost = new AbortController();
  const onLoss = (error?: Error): void => lost.abort(error ?? new Error('the connection to the store has ended'));
  client.on('error', onLoss).on('end', onLoss);
  let finished = false;
  try {
    const stream = client.query(new RowBatchStream(text, values, BATCH));
    const blocks = stream as AsyncIterable<RowBlock>;
    const options = { signal: AbortSignal.any([signal, lost.signal]), stallMs: STALL_MS, onStall: stalled };
    for await (const block of watched(blocks, options)) {
      yield block;
      stream.recycle(block);
    }
    finished = true;
  } finally {
    client.off('error', onLoss).off('end', onLoss);
    // A session in the middle of a query is of no use to anybody; closed, the server ends the query, too.
    client.release(!finished);
  }
}

function stalled(): Error {
  return new Error(`the store has given no row for ${STALL_MS / 1000} seconds`);
}
