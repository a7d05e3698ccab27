import { addAbortListener } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { SslMode } from '../../../domain/query.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Whether an attempt asks for TLS, and whether it goes on without when the server has none. */
export interface TlsWish {
  readonly ask: boolean;
  readonly insist: boolean;
}

/** The attempts of an ssl_mode in order; the second is made when the server refuses the first's kind of connection. */
export function attemptsOf(mode: SslMode): readonly TlsWish[] {
  if (mode === 'disable') return [{ ask: false, insist: false }];
  const [plain, encrypted] = [
    { ask: false, insist: false },
    { ask: true, insist: true },
  ];
  if (mode === 'allow') return [plain, encrypted];
  return mode === 'prefer' ? [{ ask: true, insist: false }, plain] : [encrypted];
}

/**
 * Asks the server for TLS and, when it agrees, makes the socket a TLS one.
 * @returns the socket to speak PostgreSQL on: the same one when the server has no TLS and the wish does not insist
 */
export async function negotiateTls(
  socket: net.Socket,
  host: string,
  { mode, wish, signal }: { mode: SslMode; wish: TlsWish; signal: AbortSignal },
): Promise<net.Socket> {
  if (!wish.ask) return socket;
  socket.write(SSL_REQUEST);
  const answer = await firstBytes(socket, signal);
  // A byte more than the answer was put there by somebody between us, to be taken for the server's word (CVE-2021-23222).
  if (answer.length !== 1) throw new Error('received unencrypted data after the answer to the SSL request');
  if (answer[0] === 0x53) return secure(socket, host, { mode, signal });
  if (answer[0] !== 0x4e) throw new Error('the server gave an unknown answer to the SSL request');
  if (wish.insist) throw new Error('server does not support SSL, but SSL was required');
  return socket;
}

async function secure(
  socket: net.Socket,
  host: string,
  { mode, signal }: { mode: SslMode; signal: AbortSignal },
): Promise<net.Socket> {
  const secured = tls.connect({
    socket,
    host,
    ...(net.isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    // Servers of PostgreSQL 12's time on systems of theirs.
    minVersion: 'TLSv1.2',
  });
  await answered<void>(secured, signal, (settle) => secured.once('secureConnect', settle));
  secured.on('error', () => undefined);
  return secured;
}

function firstBytes(socket: net.Socket, signal: AbortSignal): Promise<Buffer> {
  return answered<Buffer>(socket, signal, (settle) => {
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      settle(bytes);
    });
  });
}

/** What the other side answers; rejects when it goes away or the signal fires, which is heard only until then. */
async function answered<T>(
  socket: net.Socket,
  signal: AbortSignal,
  listen: (settle: (answer: T) => void) => void,
): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const gone = (): void => reject(new Error('server closed the connection unexpectedly'));
  using _ = addAbortListener(signal, () => {
    reject(signal.reason);
    socket.destroy();
  });
  socket.once('error', reject).once('close', gone);
  try {
    listen(resolve);
    return await promise;
  } finally {
    socket.off('error', reject).off('close', gone);
  }
}
