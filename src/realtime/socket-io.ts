import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server } from 'socket.io';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { Admitted, Clients } from './clients.ts';
import { MessageRate } from './message-rate.ts';
import { Backlog } from './outlet.ts';
import type { EndReason, Outlet } from './outlet.ts';
import type { SocketLimits } from './socket-limits.ts';

/** A client of document 004 lands in the last one: it takes its base URL for a namespace. */
const NAMESPACES = ['/', '/ws', '/api/v1/onboarding'] as const;

interface FromClient {
  subscribe: (request: unknown, answer?: unknown) => void;
  unsubscribe: (request: unknown, answer?: unknown) => void;
}

type ToClient = Record<string, (...heard: unknown[]) => void>;

interface Kept {
  admitted?: Admitted;
}

type IoServer = Server<FromClient, ToClient, DefaultEventsMap, Kept>;
type IoSocket = Socket<FromClient, ToClient, DefaultEventsMap, Kept>;

/** A Socket.IO server that takes its requests from wherever they come in. */
export interface SocketIo {
  /** Serves `/socket.io/` of an HTTP server, with the client's script. */
  attach(server: HttpServer): void;
  /** Takes a request of Socket.IO that came in on another path. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all connections; clients come back on their own. */
  close(): void;
}

/** Socket.IO for the clients of this process: every namespace is a door to the same channels. */
export function createSocketIo(clients: Clients, limits: SocketLimits): SocketIo {
  const io: IoServer = new Server({
    maxHttpBufferSize: limits.messageBytes,
    // Who has a connection but no namespace is nobody yet.
    connectTimeout: 10_000,
    allowRequest: (_request, decide) => decide(null, !clients.full),
  });
  for (const name of NAMESPACES) {
    const namespace = io.of(name);
    namespace.use((socket, next) => void letIn(clients, socket, next));
    namespace.on('connection', (socket) => welcome(clients, limits, socket));
  }
  return {
    attach: (server) => void io.attach(server, { path: '/socket.io', destroyUpgrade: false }),
    handleRequest: (request, response) => io.engine.handleRequest(request, response),
    handleUpgrade: (request, socket, head) => io.engine.handleUpgrade(request, socket, head),
    close: () => void io.engine.close(),
  };
}

async function letIn(clients: Clients, socket: IoSocket, next: (refusal?: Error) => void): Promise<void> {
  const admitted = await clients.admit(socket.handshake);
  if (typeof admitted === 'string') {
    // A client that is refused stays away for good; one that is cut off tries again until somebody can say who it is.
    if (admitted === 'Service unavailable') socket.conn.close();
    next(new Error(admitted));
    return;
  }
  socket.data.admitted = admitted;
  next();
}

function welcome(clients: Clients, limits: SocketLimits, socket: IoSocket): void {
  const { admitted } = socket.data;
  if (admitted === undefined) throw new Error('a socket came in past the door');
  const outlet = outletOf(socket);
  const client = clients.add(admitted, outlet, { plain: false });
  const rate = new MessageRate(limits.messagesPerTenSeconds);
  socket.use((_message, next) => {
    if (rate.allows()) next();
    else outlet.end('too_many_messages');
  });
  socket.on('subscribe', (request, answer) => void subscribe(request, answer));
  socket.on('unsubscribe', (request, answer) => {
    client.unsubscribe(request);
    if (typeof answer === 'function') answer({ ok: true });
  });
  socket.on('disconnect', () => clients.remove(client));

  async function subscribe(request: unknown, answer: unknown): Promise<void> {
    const result = await client.subscribe(request);
    if (typeof answer === 'function') answer(result);
    // Echo's broadcaster leaves no way to answer; this is what its own server tells.
    else if (!result.ok) socket.emit('subscription_error', channelIn(request), result.error);
  }
}

function channelIn(request: unknown): string | null {
  if (typeof request !== 'object' || request === null || !('channel' in request)) return null;
  return typeof request.channel === 'string' ? request.channel : null;
}

function outletOf(socket: IoSocket): Outlet {
  const backlog = new Backlog();
  // Flushed is what the transport has been given: it takes more only when the client has taken that.
  const onFlush = (): void => backlog.taken();
  socket.conn.on('flush', onFlush);
  socket.on('disconnect', () => socket.conn.off('flush', onFlush));
  return {
    backlog,
    write({ event, channel, payload }) {
      backlog.add();
      if (channel === null) socket.emit(event, payload);
      else socket.emit(event, channel, payload);
    },
    end(reason: EndReason) {
      // A client that the server disconnects stays away until told otherwise; one that is cut off comes back.
      if (reason === 'come_back') socket.conn.close();
      else socket.disconnect(true);
    },
  };
}
