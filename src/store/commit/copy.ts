import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';

/** Characters sent at once: little for either side to hold, much for a system call. */
const PIECE = 65_536;

/**
 * Sends rows to a table, each as a line in COPY's text format. Lines are made piece by piece, so that they live no
 * longer than it takes to send them. Resolves when the server has taken them all; rejects with its error.
 */
export async function copyInto<T>(
  client: PoolClient,
  into: string,
  rows: readonly T[],
  lineOf: (row: T) => string,
): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy ${into} from stdin`));
  const finished = once(stream, 'finish');
  // Nothing may be on its way when the server refuses a row: the stream loses its connection then and cannot go on.
  const send = async (piece: string): Promise<void> => {
    if (!stream.write(Buffer.from(piece))) await Promise.race([once(stream, 'drain'), finished]);
  };
  let piece = '';
  for (const row of rows) {
    piece += lineOf(row);
    piece += '\n';
    if (piece.length < PIECE) continue;
    await send(piece);
    piece = '';
  }
  if (piece !== '') await send(piece);
  stream.end();
  await finished;
}

/** A hash in hex as a bytea value of a COPY line. */
export function copyHash(hash: string | null): string {
  return hash === null ? '\\N' : `\\\\x${hash}`;
}
