import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';

/** Sends lines in COPY's text format to a table. Resolves when the server has taken them all; rejects with its error. */
export async function copyInto(client: PoolClient, into: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const stream = client.query(copyFrom(`copy ${into} from stdin`));
  const finished = once(stream, 'finish');
  stream.end(Buffer.from(`${lines.join('\n')}\n`));
  await finished;
}
