import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DialectEvents } from '../dialects/events.ts';
import type { Events } from '../engine/events/index.ts';
import type { Logger } from '../platform/logger.ts';
import { Clients } from './clients.ts';
import type { Authenticate } from './clients.ts';
import { openDoors } from './doors.ts';
import type { Doors } from './doors.ts';
import { createPlainSockets } from './plain-sockets.ts';
import { Relay } from './relay.ts';
import type { RelayTiming } from './relay.ts';
import { Rooms } from './rooms.ts';
import { createSocketIo } from './socket-io.ts';
import { SOCKET_LIMITS } from './socket-limits.ts';
import type { SocketLimits } from './socket-limits.ts';
import type { Subscription } from './subscription.ts';
import { createTranslator } from './translator.ts';

export interface RealtimeTiming extends RelayTiming {
  /** How often open sockets are asked whether their access still holds. */
  readonly recheckMs: number;
}

const TIMING: RealtimeTiming = { pollMs: 3_000, progressMs: 334, recheckMs: 20_000 };
/** How long a client has to say good-bye when the server closes. */
const CLOSE_GRACE_MS = 1_000;

export interface RealtimeDeps {
  /** The store's database, for a connection that listens. */
  readonly databaseUrl: string;
  readonly events: Events;
  readonly dialects: readonly DialectEvents[];
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly limits?: Partial<SocketLimits>;
  readonly timing?: Partial<RealtimeTiming>;
}

/** Sockets and the relay behind them, for one API process. */
export interface Realtime {
  /** Takes over an HTTP server's requests for sockets; its own request listener must have been added before. */
  attach(server: Server): void;
  /** Tells all clients to come back elsewhere and stops, within two seconds. The HTTP server stays open. */
  close(): Promise<void>;
}

/**
 * What happens, told live: over Socket.IO and plain WebSockets, and to whatever else follows `events.feed`. Any number
 * of API processes may do this beside each other, since each reads the same log.
 */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const { databaseUrl, events, dialects, authenticate, logger } = deps;
  const limits = { ...SOCKET_LIMITS, ...deps.limits };
  const timing = { ...TIMING, ...deps.timing };
  const rooms = new Rooms<Subscription>();
  const translator = createTranslator(dialects);
  const watchedJobs = (): Iterable<string> => clients.watchedJobs();
  const relay = new Relay({ databaseUrl, events, translator, rooms, watchedJobs, logger, timing });
  const watching = (jobId: string): void => relay.watch(jobId);
  const clients = new Clients({ events, translator, rooms, logger, limits, watching, authenticate, dialects });
  const socketIo = createSocketIo(clients, limits);
  const plain = createPlainSockets(clients, limits);
  const closing = new AbortController();
  let doors: Doors | null = null;

  async function recheckForever(): Promise<void> {
    const { signal } = closing;
    while (!signal.aborted) {
      await delay(timing.recheckMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await clients.recheck();
    }
  }

  return {
    attach(server) {
      if (doors !== null) throw new Error('realtime serves one HTTP server');
      doors = openDoors(server, socketIo, plain);
      relay.start();
      void recheckForever();
    },
    async close() {
      closing.abort();
      clients.close();
      plain.close();
      socketIo.close();
      // A database that does not answer must not keep the process; what still waits for it ends with its answer.
      const late = delay(2 * CLOSE_GRACE_MS - 250, undefined, { ref: false });
      await Promise.race([Promise.all([doors?.empty(CLOSE_GRACE_MS), relay.stop()]), late]);
    },
  };
}
