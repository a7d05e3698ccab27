import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError } from '../config.ts';
import { AppError } from '../domain/errors.ts';

/**
 * `preferred` when nothing listens on it, else any free TCP port of that address. Throws an `AppError` (`unavailable`)
 * when nothing can listen there at all, as where it is no address of this machine.
 */
export async function freePort(preferred = 0, host = '127.0.0.1'): Promise<number> {
  if (preferred !== 0 && (await portObstacle(preferred, host)) === null) return preferred;
  try {
    return await bind(0, host);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('unavailable', `Nothing can listen on ${host}: ${reason}`, { cause });
  }
}

/** Why a port cannot be listened on, in the system's code (`EADDRINUSE`, `EACCES`), or null when it can. */
export async function portObstacle(port: number, host: string): Promise<string | null> {
  try {
    await bind(port, host);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** The error of a start whose `PORT` cannot be had: taken by somebody, kept from this user, or on no address of ours. */
export function noPort(host: string, port: number, obstacle: string): Error {
  switch (obstacle) {
    case 'EADDRINUSE':
      return new AppError('conflict', `Port ${port} on ${host} is taken by another program. Set PORT to a free one.`);
    case 'EACCES':
      return new ConfigError([
        `PORT: this user may not listen on ${port} (permission denied; ports below 1024 are often kept for root)`,
      ]);
    default:
      return new AppError('unavailable', `Nothing can listen on port ${port} of ${host}: ${obstacle}`);
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
