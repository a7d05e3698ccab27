import pg from 'pg';
import type net from 'node:net';
import { AppError, invalid } from '../../../domain/errors.ts';
import type { SourceConnection } from '../../../domain/query.ts';
import { timedOut } from '../../../platform/network-failure.ts';
import type { OutboundGuard } from '../../../platform/outbound-guard.ts';
import { connectionFailed } from './connection-errors.ts';
import { attemptsOf, negotiateTls } from './negotiate-tls.ts';
import type { TlsWish } from './negotiate-tls.ts';
import { RoutedConnection, SourceClient } from './source-client.ts';
import { SourceSession } from './session.ts';

export interface OpenSourceOptions {
  /** Milliseconds for resolving, connecting, TLS and logging in together; 8,000 at the most and by default. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds a statement may run; 60,000 by default. Reading rows has a limit of its own. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds a transaction may lie idle before the server ends it; 300,000 by default. */
  readonly idleTimeoutMs?: number;
  /** Shown in the source's `pg_stat_activity`; `lading` by default. */
  readonly applicationName?: string;
  /** Bytes the largest row may have; 64 MiB by default. A larger one ends the session with `source_rejected`. */
  readonly maxRowBytes?: number;
  /** Ends the session, whatever it is doing, and has the server cancel what runs. */
  readonly signal?: AbortSignal;
}

const MAX_CONNECT_MS = 8_000;
const MAX_ROW_BYTES = 64 * 1024 * 1024;
/** `invalid_authorization_specification`: what a server says whose pg_hba.conf wants the other kind of connection. */
const WRONG_KIND_OF_CONNECTION = '28000';

/**
 * Opens a session with a source database; the caller closes it.
 * @throws AppError `validation` for fields that cannot be sent, `source_unreachable` with a `ConnectionFailure` in its
 *   details; the signal's reason when it fires
 */
export async function openSource(
  connection: SourceConnection,
  guard: OutboundGuard,
  options: OpenSourceOptions = {},
): Promise<SourceSession> {
  checkFields(connection);
  options.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(Math.min(options.connectTimeoutMs ?? MAX_CONNECT_MS, MAX_CONNECT_MS));
  const stop = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    return await openFirst(connection, guard, options, stop);
  } catch (error) {
    options.signal?.throwIfAborted();
    const cause = deadline.aborted ? timedOut(connection.host, connection.port) : error;
    throw connectionFailed(cause, connection);
  }
}

async function openFirst(
  connection: SourceConnection,
  guard: OutboundGuard,
  options: OpenSourceOptions,
  stop: AbortSignal,
): Promise<SourceSession> {
  const attempts = attemptsOf(connection.sslMode);
  let failure: unknown;
  for (const wish of attempts) {
    try {
      return await openOnce(connection, guard, { ...options, wish, stop });
    } catch (error) {
      failure = error;
      if (!(error instanceof pg.DatabaseError) || error.code !== WRONG_KIND_OF_CONNECTION) break;
    }
  }
  throw failure;
}

async function openOnce(
  connection: SourceConnection,
  guard: OutboundGuard,
  options: OpenSourceOptions & { wish: TlsWish; stop: AbortSignal },
): Promise<SourceSession> {
  const { wish, stop } = options;
  const openSocket = async (signal: AbortSignal): Promise<net.Socket> => {
    const socket = await guard.connect(connection.host, connection.port, { signal });
    try {
      return await negotiateTls(socket, connection.host, { mode: connection.sslMode, wish, signal });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
  const socket = await openSocket(stop);
  socket.setKeepAlive(true, 30_000);
  let loggedIn = false;
  const routed = new RoutedConnection(socket, {
    maxBytes: options.maxRowBytes ?? MAX_ROW_BYTES,
    tooLarge: (bytes) =>
      void socket.destroy(
        loggedIn ? rowTooLarge(bytes) : new Error('received an invalid response from the server: is it PostgreSQL?'),
      ),
  });
  const client = new SourceClient(connection, routed, options.applicationName ?? 'lading');
  const session = new SourceSession({ client, socket, openSocket, password: connection.password, ...options });
  const abandon = (): void => void socket.destroy();
  stop.addEventListener('abort', abandon, { once: true });
  try {
    await client.connect();
    stop.throwIfAborted();
    loggedIn = true;
    return session;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    stop.removeEventListener('abort', abandon);
  }
}

function rowTooLarge(bytes: number): AppError {
  const message = `The source sent a row of ${bytes} bytes, which is more than can be taken.`;
  return new AppError('source_rejected', message, { details: { bytes } });
}

/** A zero byte ends a field on the wire, so what follows it would be read as another parameter. */
function checkFields(connection: SourceConnection): void {
  const mistakes: Record<string, string[]> = {};
  for (const field of ['host', 'database', 'username', 'password'] as const) {
    const value = connection[field];
    if (value === '' && field !== 'password') mistakes[field] = [`The ${field} field is required.`];
    if (value.includes('\0')) mistakes[field] = [`The ${field} must not contain a zero byte.`];
  }
  const { port } = connection;
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    mistakes['port'] = ['The port must be between 1 and 65535.'];
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}
