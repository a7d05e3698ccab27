import type { Pool } from 'pg';
import QueryStream from 'pg-query-stream';
import { watched } from '../src/platform/watched.ts';
import type { Statement } from '../src/vql/compile.ts';

/** Rows read from the server at once. */
const BATCH_ROWS = 2_000;

/** The database may sort all rows before it gives the first one; it is not silent for so long otherwise. */
const STALL_MS = 300_000;

interface Cursor {
  read(rows: number, done: (error: Error | null, rows: unknown[][]) => void): void;
}

/** A `pg-query-stream` that gives rows by the batch: one at a time they cost more than what is done with them. */
class BatchStream extends QueryStream {
  constructor({ text, values, rowMode }: Statement) {
    super(text, values, { rowMode, highWaterMark: 2 });
  }

  override _read(): void {
    (this.cursor as Cursor).read(BATCH_ROWS, (error, rows) => {
      if (error) {
        this.destroy(error);
        return;
      }
      if (rows.length > 0) this.push(rows);
      if (rows.length < BATCH_ROWS) this.push(null);
    });
  }
}

/**
 * All rows of a statement, batch by batch, on a session of their own; memory does not grow with them. A server that
 * dies in the middle, which the stream itself never notices, ends it with an error.
 */
export async function* streamRows(
  pool: Pool,
  statement: Statement,
  signal: AbortSignal,
): AsyncGenerator<readonly (string | null)[][], void, undefined> {
  const client = await pool.connect();
  const lost = new AbortController();
  const onLoss = (error?: Error): void => lost.abort(error ?? new Error('the connection to the store has ended'));
  client.on('error', onLoss).on('end', onLoss);
  let finished = false;
  try {
    const rows = client.query(new BatchStream(statement)) as AsyncIterable<(string | null)[][]>;
    yield* watched(rows, { signal: AbortSignal.any([signal, lost.signal]), stallMs: STALL_MS, onStall: stalled });
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
