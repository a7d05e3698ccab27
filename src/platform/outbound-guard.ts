import ipaddr from 'ipaddr.js';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { AppError } from '../domain/errors.ts';
import type { IpAddress } from './address-classes.ts';
import { sameAddress } from './address-classes.ts';
import { networkFailure, timedOut } from './network-failure.ts';
import { isAllowed, normaliseHost } from './outbound-rules.ts';
import type { OutboundRule } from './outbound-rules.ts';

export interface ConnectOptions {
  /** Milliseconds for name resolution and connecting together; 8,000 when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Where this host was found by an earlier connection: the only address that is tried, and checked like any other. */
  readonly address?: string;
}

/** The one way out: every connection to a host that a user names is made by it. */
export interface OutboundGuard {
  /**
   * Resolves a host once, checks what it resolves to, and connects to exactly a checked address.
   * @returns a connected socket
   * @throws AppError `source_unreachable`: refused by the rules (`details.reason` is `outbound_refused`), or not reached;
   *   the signal's reason when it fires
   */
  connect(host: string, port: number, options?: ConnectOptions): Promise<net.Socket>;
}

const DEFAULT_TIMEOUT_MS = 8_000;
/** What no host name or address has in it; a path of a Unix socket has. */
const NO_HOST = /[\s/\\\0@?#]/;

/** A guard that lets through public addresses and what the rules name. */
export function createOutboundGuard(rules: readonly OutboundRule[]): OutboundGuard {
  return {
    async connect(host, port, { timeoutMs = DEFAULT_TIMEOUT_MS, signal, address: known } = {}) {
      signal?.throwIfAborted();
      if (host === '' || host.length > 255 || NO_HOST.test(host)) throw refused(host, port);
      const deadline = AbortSignal.timeout(timeoutMs);
      const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
      try {
        const addresses = known === undefined ? await race(resolve(host, port), stop) : [ipaddr.parse(known)];
        const allowed = addresses.filter((address) => isAllowed(rules, { host, port, address }));
        if (allowed.length === 0) throw refused(host, port);
        return await connectToFirst(allowed, port, { stop, timeoutMs });
      } catch (error) {
        signal?.throwIfAborted();
        throw deadline.aborted ? timedOut(host, port) : networkFailure(error, host, port);
      }
    },
  };
}

async function resolve(host: string, port: number): Promise<IpAddress[]> {
  const found = await lookup(normaliseHost(host), { all: true, order: 'verbatim' });
  if (found.length === 0) throw refused(host, port);
  return found.map(({ address }) => ipaddr.parse(address));
}

/** One address after the other, each with its share of the time, so that a dead first one does not use it all up. */
async function connectToFirst(
  addresses: readonly IpAddress[],
  port: number,
  { stop, timeoutMs }: { stop: AbortSignal; timeoutMs: number },
): Promise<net.Socket> {
  const share = timeoutMs / addresses.length;
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectTo(address, port, AbortSignal.any([stop, AbortSignal.timeout(share)]));
    } catch (error) {
      failure = error;
      stop.throwIfAborted();
    }
  }
  throw failure;
}

async function connectTo(address: IpAddress, port: number, stop: AbortSignal): Promise<net.Socket> {
  const socket = net.connect({ host: address.toString(), port });
  const connected = new Promise<void>((settle, reject) => {
    socket.once('connect', settle);
    socket.once('error', reject);
  });
  try {
    await race(connected, stop);
    // The check was of this address; a socket that says it is elsewhere is not used, whatever made it so.
    if (!sameAddress(ipaddr.parse(socket.remoteAddress ?? '::'), address)) throw refused(address.toString(), port);
    // Whoever takes the socket listens itself; until then a reset must not end the process as an unheard 'error'.
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function refused(host: string, port: number): AppError {
  const message = `${host} is not allowed as an outbound address; name it in LADING_OUTBOUND_ALLOW`;
  return new AppError('source_unreachable', message, { details: { reason: 'outbound_refused', host, port } });
}

/** The promise, or a rejection with the signal's reason as soon as it fires. */
async function race<T>(promise: Promise<T>, stop: AbortSignal): Promise<T> {
  stop.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(stop.reason instanceof Error ? stop.reason : new Error('stopped'));
  stop.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    stop.removeEventListener('abort', onAbort);
    promise.catch(() => undefined);
  }
}
