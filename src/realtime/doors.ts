import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PlainSockets } from './plain-sockets.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import type { SocketIo } from './socket-io.ts';

const SOCKET_IO = '/socket.io';
const WS = '/ws';

/** The connections that were upgraded, until they close. */
export interface Doors {
  /** Resolves when all are closed; those that are not after `graceMs` are cut off. */
  empty(graceMs: number): Promise<void>;
}

/**
 * Whether a request asks for a WebSocket. Clients that offer another protocol (`Upgrade: h2c`, as Java's does with every
 * request) are content with HTTP, and must be answered over it.
 */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Leads what comes in on `/socket.io` and `/ws` of an HTTP server to who serves it: Socket.IO is served on both paths,
 * with and without a slash at the end; what asks `/ws` for a WebSocket and does not speak Socket.IO (has no `EIO` in its
 * query) is a plain one. All other requests go where they went before; all other upgrades are refused.
 */
export function openDoors(server: Server, socketIo: SocketIo, plain: PlainSockets): Doors {
  const open = new Set<Duplex>();
  // Socket.IO itself takes what begins with `/socket.io/`.
  socketIo.attach(server);

  const before = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { path, speaksSocketIo } = addressOf(request);
    if (path !== WS && request.url?.split('?', 1)[0] !== SOCKET_IO) {
      for (const listener of before) listener.call(server, request, response);
    } else if (speaksSocketIo) {
      socketIo.handleRequest(request, response);
    } else {
      response.writeHead(426, { Connection: 'Upgrade', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
      response.end('Upgrade Required');
    }
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (request.url?.startsWith(`${SOCKET_IO}/`)) return;
    const { path, speaksSocketIo } = addressOf(request);
    if (path !== WS && path !== SOCKET_IO) refuseUpgrade(socket, 404, 'Not Found', 'Not found');
    else if (speaksSocketIo) socketIo.handleUpgrade(request, socket, head);
    else if (path === WS) plain.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, 400, 'Bad Request', 'Bad request');
  });

  return {
    empty: async (graceMs) => {
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, graceMs);
      await Promise.all(Array.from(open, (socket) => new Promise((resolve) => socket.once('close', resolve))));
      clearTimeout(timer);
    },
  };
}

function addressOf(request: IncomingMessage): { path: string; speaksSocketIo: boolean } {
  const [path = '', search] = (request.url ?? '').split('?', 2);
  return {
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    speaksSocketIo: new URLSearchParams(search).has('EIO'),
  };
}
