import { once } from 'node:events';
import { createServer } from 'node:net';

/** `preferred` when nothing listens on it, else any free TCP port of that address. */
export async function freePort(preferred = 0, host = '127.0.0.1'): Promise<number> {
  if (preferred !== 0 && (await canListen(preferred, host)) !== null) return preferred;
  const port = await canListen(0, host);
  if (port === null) throw new Error(`no TCP port is free on ${host}`);
  return port;
}

/** The port that could be bound (and is free again), or `null`. */
async function canListen(port: number, host: string): Promise<number | null> {
  const server = createServer();
  server.listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : null;
}
