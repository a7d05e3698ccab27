import type { SourcePosition, SourceRange } from '../../../domain/query.ts';
import type { RowBlock } from '../../../domain/row-block.ts';
import { connectionLost } from '../connection/connection-errors.ts';
import { renderForServer } from '../expression/fragment.ts';
import type { SourceQuery } from '../query/query.ts';
import { rowsSql } from '../query/query-sql.ts';
import { RowBatchStream } from './row-batch-stream.ts';
import { createRowTracker } from './row-tracker.ts';
import type { SourceSession } from '../connection/session.ts';
import { describeFields } from '../expression/type-lookup.ts';
import type { BatchColumn } from '../expression/type-lookup.ts';

/**
 * Rows in source order with where they end; committing them together with `position` makes a resume exact. The rows are
 * the reader's until it asks for the next batch, which may be written over them.
 */
export interface SourceBatch {
  readonly columns: readonly BatchColumn[];
  /** Each value as the server wrote it (UTC, ISO 8601, hex), in the order of `columns`; parts of the key may follow. */
  readonly rows: RowBlock;
  /** The last row's. */
  readonly position: SourcePosition;
}

export interface StreamOptions {
  readonly range?: Pick<SourceRange, 'after' | 'upTo'>;
  /** The last row taken earlier. */
  readonly position?: SourcePosition | null;
  /** Rows at the most. */
  readonly limit?: number | null;
  /** Rows of a batch at the most; 1,000 by default. A batch of large rows has fewer. */
  readonly batchSize?: number;
  /** Milliseconds without a byte from the source, while rows are waited for, after which it counts as dead; 30,000. */
  readonly stallMs?: number;
  /** The same before the first row, when the source may have to sort; 300,000 by default, at the least `stallMs`. */
  readonly firstRowMs?: number;
  /** Milliseconds the source may take for all of it, pauses of the reader included; 6 hours by default. */
  readonly readTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1024 * 1024;
const STALL_MS = 30_000;
const FIRST_ROW_MS = 300_000;
const READ_TIMEOUT_MS = 6 * 60 * 60 * 1_000;

/**
 * Reads a query's rows in one read-only snapshot. It never waits for ever: it ends by the last row or throws — the
 * signal's reason, `source_unreachable` when the connection is lost or silent, `source_rejected` for what the source
 * says of the query or its data. After an error, or when the reader leaves early, the session is over.
 */
export async function* streamRows(
  session: SourceSession,
  query: SourceQuery,
  options: StreamOptions = {},
): AsyncGenerator<SourceBatch, void, undefined> {
  options.signal?.throwIfAborted();
  const stop = (): void => session.destroy(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  let finished = false;
  try {
    // The server's limit runs from the first message to the last row, however long the reader takes in between.
    await session.begin({ readTimeoutMs: options.readTimeoutMs ?? READ_TIMEOUT_MS });
    yield* readBatches(session, query, options);
    await session.query('commit');
    finished = true;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
    if (!finished) session.destroy(connectionLost('reading was ended before the last row'));
  }
}

async function* readBatches(
  session: SourceSession,
  query: SourceQuery,
  options: StreamOptions,
): AsyncGenerator<SourceBatch, void, undefined> {
  const { position = null, limit = null, range = { after: null, upTo: null } } = options;
  const { text, values } = renderForServer(rowsSql(query, { range, position, limit }));
  const size = { rows: options.batchSize ?? BATCH_ROWS, bytes: BATCH_BYTES };
  const columns = await describeFields(session, query);
  const stream = session.submit(new RowBatchStream(text, values, size));
  // Every failure reaches the reader through the waiting below.
  stream.on('error', () => undefined);
  const stallMs = options.stallMs ?? STALL_MS;
  const tracker = createRowTracker(query, position);
  let allowedMs = Math.max(stallMs, options.firstRowMs ?? FIRST_ROW_MS);
  for (;;) {
    const batch = await nextBatch(session, stream, allowedMs);
    if (batch === null) return;
    allowedMs = stallMs;
    const taken = tracker.take(batch);
    if (taken !== null) yield { columns, ...taken };
    stream.recycle(batch);
  }
}

/** The next batch or null at the end; rejects when the session is lost or nothing arrives for the time allowed. */
async function nextBatch(session: SourceSession, stream: RowBatchStream, allowedMs: number): Promise<RowBlock | null> {
  for (;;) {
    const ready = stream.read() as RowBlock | null;
    if (ready !== null) return ready;
    if (stream.readableEnded) return null;
    await somethingHappened(session, stream, allowedMs);
  }
}

async function somethingHappened(session: SourceSession, stream: RowBatchStream, allowedMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stopWatching = watchForSilence(session, allowedMs);
  const stopListening = session.onLost(reject);
  stream.once('readable', resolve).once('end', resolve).once('error', reject);
  try {
    await promise;
  } catch (error) {
    throw session.explain(error);
  } finally {
    stopWatching();
    stopListening();
    stream.off('readable', resolve).off('end', resolve).off('error', reject);
  }
}

/** A source that was killed or froze says nothing at all, not even that it ended: only the lack of bytes tells. */
function watchForSilence(session: SourceSession, allowedMs: number): () => void {
  let received = session.bytesReceived;
  let since = performance.now();
  const timer = setInterval(
    () => {
      if (session.bytesReceived !== received) {
        received = session.bytesReceived;
        since = performance.now();
      } else if (performance.now() - since >= allowedMs) {
        session.destroy(connectionLost(`the source sent nothing for ${allowedMs / 1_000} seconds`));
      }
    },
    Math.min(1_000, allowedMs / 4),
  );
  return () => clearInterval(timer);
}
