import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';

/** Characters sent at once: little for either side to hold, much for a system call. */
const PIECE = 65_536;

/** Sends lines in COPY's text format to a table. Resolves when the server has taken them all; rejects with its error. */
export async function copyInto(client: PoolClient, into: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const stream = client.query(copyFrom(`copy ${into} from stdin`));
  const finished = once(stream, 'finish');
  // Nothing may be on its way when the server refuses a row: the stream loses its connection then and cannot go on.
  const send = async (piece: string): Promise<void> => {
    if (!stream.write(Buffer.from(piece))) await Promise.race([once(stream, 'drain'), finished]);
  };
  for (let from = 0; from < lines.length;) {
    let to = from;
    for (let length = 0; to < lines.length && length < PIECE; to++) length += lines[to]?.length ?? 0;
    await send(`${lines.slice(from, to).join('\n')}\n`);
    from = to;
  }
  stream.end();
  await finished;
}

/** A hash in hex as a bytea value of a COPY line. */
export function copyHash(hash: string | null): string {
  return hash === null ? '\\N' : `\\\\x${hash}`;
}
