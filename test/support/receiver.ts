import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** A message that arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that takes webhooks on loopback. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves once so many messages have arrived. */
  arrived(count: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

/** @param answer ends each response; 204 when absent */
export async function startReceiver(
  answer: (response: ServerResponse, count: number) => void = (response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      received.push({ path: url, headers, body: Buffer.concat(chunks).toString() });
      answer(response, received.length);
      for (const look of waiting) look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async arrived(count) {
      if (received.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const look = (): void => {
          if (received.length >= count) resolve();
        };
        waiting.add(look);
        await promise;
        waiting.delete(look);
      }
      return received;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
