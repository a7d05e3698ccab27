import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError } from '../domain/errors.ts';

/**
 * `preferred` when nothing listens on it, else any free TCP port of that address. Throws an `AppError` (`unavailable`)
 * when nothing can listen there at all, as where it is no address of this machine.
 */
export async function freePort(preferred = 0, host = '127.0.0.1'): Promise<number> {
  if (preferred !== 0 && (await canListen(preferred, host))) return preferred;
  try {
    return await bind(0, host);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('unavailable', `Nothing can listen on ${host}: ${reason}`, { cause });
  }
}

async function canListen(port: number, host: string): Promise<boolean> {
  try {
    await bind(port, host);
    return true;
  } catch {
    return false;
  }
}

/** The port that was bound, and is free again. */
async function bind(port: number, host: string): Promise<number> {
  const server = createServer();
  server.listen({ port, host, exclusive: true });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('it is no network address');
  return address.port;
}
