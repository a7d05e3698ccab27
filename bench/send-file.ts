import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

const PIECE_BYTES = 1024 * 1024;
const BOUNDARY = 'lading-bench-5f1b0c9e';

/**
 * Sends a file as a form with one part, as cheaply as a client can: `fetch` and its forms take longer to send a file than
 * it takes to be stored. Gives the answer's status and body.
 */
export async function sendFile(
  url: string,
  token: string,
  { path, bytes, name }: { readonly path: string; readonly bytes: number; readonly name: string },
): Promise<{ readonly status: number; readonly body: string }> {
  const head =
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
    'Content-Type: text/csv\r\n\r\n';
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  const sending = request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': head.length + bytes + tail.length,
    },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  sending.write(head);
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    if (!sending.write(piece)) await Promise.race([once(sending, 'drain'), answered]);
  }
  sending.end(tail);
  const [answer] = await answered;
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}
