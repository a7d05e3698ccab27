import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';
import { CopyText } from '../../rows/copy-text.ts';

/** Bytes sent at once: little for either side to hold, much for a system call. */
const PIECE = 65_536;

/**
 * Sends rows to a table, each as a line in COPY's text format. Lines are written piece by piece, so that they live no
 * longer than it takes to send them. Resolves when the server has taken them all; rejects with its error.
 */
export async function copyInto<T>(
  client: PoolClient,
  into: string,
  rows: readonly T[],
  writeLine: (row: T, text: CopyText) => void,
): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy ${into} from stdin`));
  const finished = once(stream, 'finish');
  // Nothing may be on its way when the server refuses a row: the stream loses its connection then and cannot go on.
  const sent: Buffer[] = [];
  const send = async (piece: Buffer): Promise<void> => {
    sent.push(piece);
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), finished]);
  };
  const text = new CopyText();
  for (const row of rows) {
    writeLine(row, text);
    text.newline();
    if (text.length >= PIECE) await send(text.take(idle.pop()));
  }
  if (text.length > 0) await send(text.take());
  stream.end();
  await finished;
  // Only now is it certain that no piece waits to be sent.
  for (const { buffer } of sent)
    if (idle.length < MAX_IDLE && buffer.byteLength <= 2 * PIECE) idle.push(Buffer.from(buffer));
}

/** Memory of pieces that were sent, to be written over: new memory for each would keep the garbage collector busy. */
const idle: Buffer[] = [];
const MAX_IDLE = 128;
