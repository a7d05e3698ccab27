import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';
import { ByteWriter } from '../../rows/byte-writer.ts';

/** Bytes sent at once: little for either side to hold, much for a system call. */
const PIECE = 65_536;

/** PostgreSQL documentation of COPY, "Binary Format": the signature, no flags, no header extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = -1;

/** What to fill, and with how many values a row. */
export interface CopyTarget {
  /** The table, quoted, with a list of columns where not all of them are filled. */
  readonly into: string;
  readonly columns: number;
}

/**
 * Sends rows to a table in COPY's binary format. Rows are written piece by piece, so that their bytes live no longer
 * than it takes to send them. Resolves when the server has taken them all; rejects with its error.
 * @param write writes all values of a row, each in the binary format of its column's type
 */
export async function copyInto<T>(
  client: PoolClient,
  { into, columns }: CopyTarget,
  rows: ArrayLike<T> & Iterable<T>,
  write: (row: T, writer: ByteWriter) => void,
): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy ${into} from stdin (format binary)`));
  const finished = once(stream, 'finish');
  const sent: Buffer[] = [];
  // Nothing may be on its way when the server refuses a row: the stream loses its connection then and cannot go on.
  const send = async (piece: Buffer): Promise<void> => {
    if (sent.length < MAX_IDLE) sent.push(piece);
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), finished]);
  };
  const writer = new ByteWriter();
  writer.copied(HEADER, 0, HEADER.length);
  for (const row of rows) {
    writer.int16(columns);
    write(row, writer);
    if (writer.length >= PIECE) await send(writer.take(idle.pop()));
  }
  writer.int16(TRAILER);
  await send(writer.take());
  stream.end();
  await finished;
  // Only now is it certain that no piece waits to be sent.
  for (const { buffer } of sent)
    if (idle.length < MAX_IDLE && buffer.byteLength <= 2 * PIECE) idle.push(Buffer.from(buffer));
}

/** Memory of pieces that were sent, to be written over: new memory for each would keep the garbage collector busy. */
const idle: Buffer[] = [];
const MAX_IDLE = 128;
