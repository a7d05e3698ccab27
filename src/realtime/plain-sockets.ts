import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { SocketClient } from './client.ts';
import type { Clients } from './clients.ts';
import { MessageRate } from './message-rate.ts';
import { Backlog } from './outlet.ts';
import type { EndReason, Outlet } from './outlet.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import type { SocketLimits } from './socket-limits.ts';

/** How often a plain socket is asked whether it lives; it is given up when it has not answered by the next time. */
const PING_MS = 25_000;

const CLOSE_CODES: Readonly<Record<EndReason, { code: number; reason: string }>> = {
  unauthorized: { code: 1008, reason: 'Unauthorized' },
  too_many_messages: { code: 1008, reason: 'Too many messages' },
  come_back: { code: 1012, reason: 'Please connect again' },
};

const message = z.object({ event: z.enum(['subscribe', 'unsubscribe']), data: z.unknown() });

/** WebSockets that speak no protocol but frames of JSON, `{"event","data"}`, both ways. */
export interface PlainSockets {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/**
 * Plain WebSockets for the clients of this process. They hear their user's channels without asking; who asks for more
 * sends `{"event":"subscribe","data":{channel,after?}}` and is answered with an event of the same name. Frames of a
 * channel that was asked for name it: `{"event","channel","data"}`.
 */
export function createPlainSockets(clients: Clients, limits: SocketLimits): PlainSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, clientTracking: true });

  async function letIn(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = (): void => void socket.destroy();
    socket.on('error', gone);
    const query = Object.fromEntries(new URL(request.url ?? '/', 'http://localhost').searchParams);
    const admitted = await clients.admit({ query, auth: null, headers: request.headers });
    if (socket.destroyed) return;
    if (admitted === 'Unauthorized') return refuseUpgrade(socket, 401, 'Unauthorized', admitted);
    if (admitted === 'Too many connections') return refuseUpgrade(socket, 429, 'Too Many Requests', admitted);
    if (admitted === 'Service unavailable') return refuseUpgrade(socket, 503, 'Service Unavailable', admitted);
    socket.off('error', gone);
    server.handleUpgrade(request, socket, head, (ws) => {
      const outlet = outletOf(ws);
      serve(ws, clients, clients.add(admitted, outlet, { plain: true }), outlet, limits);
    });
  }

  return {
    handleUpgrade: (request, socket, head) => void letIn(request, socket, head),
    close: () => {
      for (const ws of server.clients) ws.close(1001, 'The server is going away');
    },
  };
}

function serve(ws: WebSocket, clients: Clients, client: SocketClient, outlet: Outlet, limits: SocketLimits): void {
  const rate = new MessageRate(limits.messagesPerTenSeconds);
  let alive = true;
  const heartbeat = setInterval(() => {
    if (!alive) return ws.terminate();
    alive = false;
    return ws.ping();
  }, PING_MS);
  ws.on('pong', () => (alive = true));
  ws.on('message', (data) => {
    if (rate.allows()) void hear(client, outlet, data);
    else outlet.end('too_many_messages');
  });
  // A protocol error closes the socket by itself; without a listener it would end the process.
  ws.on('error', () => undefined);
  ws.on('close', () => {
    clearInterval(heartbeat);
    clients.remove(client);
  });
}

async function hear(client: SocketClient, outlet: Outlet, data: RawData): Promise<void> {
  const { success, data: said } = message.safeParse(jsonOf(data));
  if (!success) {
    const expected = 'A message is {"event":"subscribe" or "unsubscribe","data":{"channel":…}}.';
    outlet.write({ event: 'error', channel: null, payload: { message: expected } });
    return;
  }
  if (said.event === 'unsubscribe') client.unsubscribe(said.data);
  const answer = said.event === 'subscribe' ? await client.subscribe(said.data) : { ok: true };
  outlet.write({ event: said.event, channel: null, payload: { ...answer } });
}

function jsonOf(data: RawData): unknown {
  try {
    return Buffer.isBuffer(data) ? (JSON.parse(data.toString()) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

function outletOf(ws: WebSocket): Outlet {
  const backlog = new Backlog();
  return {
    backlog,
    write({ event, channel, payload }) {
      backlog.add();
      const frame = channel === null ? { event, data: payload } : { event, channel, data: payload };
      // Called when the frame is out, or when it never will be.
      ws.send(JSON.stringify(frame), () => backlog.taken(1));
    },
    end(reason) {
      const { code, reason: words } = CLOSE_CODES[reason];
      ws.close(code, words);
    },
  };
}
