import pg from 'pg';
import { EventEmitter } from 'node:events';
import type net from 'node:net';
import type { SourceConnection } from '../../../domain/query.ts';
import { MessageRouter } from './message-router.ts';
import type { MessageRoutes } from './message-router.ts';

declare module 'pg' {
  interface ClientConfig {
    connection?: Connection;
  }
  interface Connection {
    /** Has the driver parse what a stream emits as `data`. */
    attachListeners(stream: EventEmitter): void;
  }
}

/** The driver's side of a connection on which rows can be taken as bytes, and messages have a limit. */
export class RoutedConnection extends pg.Connection {
  readonly router: MessageRouter;
  readonly #parsed = new EventEmitter();

  constructor(socket: net.Socket, limit: Pick<MessageRoutes, 'maxBytes' | 'tooLarge'>) {
    super({ stream: () => asUnconnected(socket), ssl: false });
    this.router = new MessageRouter({ ...limit, rest: (bytes) => this.#parsed.emit('data', bytes) });
  }

  override attachListeners(stream: EventEmitter): void {
    super.attachListeners(this.#parsed);
    stream.on('data', (bytes: Buffer) => this.router.take(bytes));
    stream.on('end', () => this.#parsed.emit('end'));
  }
}

const routers = new WeakMap<pg.Connection, MessageRouter>();
/** PostgreSQL has no larger values. */
const LARGEST_ROW = 2 ** 30;

/**
 * What a connection's rows can be taken from as bytes. Where the driver reads its socket by itself, a router is put between
 * them, for good; nothing may be under way on it.
 */
export function routerOf(connection: pg.Connection): MessageRouter {
  if (connection instanceof RoutedConnection) return connection.router;
  const known = routers.get(connection);
  if (known) return known;
  const { stream } = connection;
  const driver = stream.listeners('data');
  const router = new MessageRouter({
    rest: (bytes) => driver.forEach((listener) => listener.call(stream, bytes)),
    maxBytes: LARGEST_ROW,
    tooLarge: (bytes) => stream.destroy(new Error(`the server has sent a row of ${bytes} bytes`)),
  });
  stream.removeAllListeners('data').on('data', (bytes: Buffer) => router.take(bytes));
  routers.set(connection, router);
  return router;
}

/**
 * A node-postgres client on a socket that is connected already. What reaches the server are the connection's fields
 * and an application name: the driver would add PGOPTIONS, PGREPLICATION, PGAPPNAME and the password of PGPASSWORD or
 * a pgpass file where a field is empty, so each of these is taken out of its hands.
 */
export class SourceClient extends pg.Client {
  readonly #startup: Readonly<Record<string, string>>;

  constructor(connection: SourceConnection, routed: RoutedConnection, applicationName: string) {
    super({
      connection: routed,
      host: connection.host,
      port: connection.port,
      user: connection.username,
      database: connection.database,
      // A function counts as given even when it gives the empty password.
      password: () => connection.password,
      ssl: false,
      sslnegotiation: 'postgres',
    });
    this.#startup = {
      user: connection.username,
      database: connection.database,
      application_name: applicationName,
    };
  }

  /** Called by the driver for the startup message. */
  getStartupConf(): Readonly<Record<string, string>> {
    return this.#startup;
  }
}

/** The driver insists on connecting its stream itself; this one tells it at once that it is, and only then flows. */
function asUnconnected(socket: net.Socket): net.Socket {
  return Object.defineProperty(socket, 'connect', {
    value: () => {
      setImmediate(() => {
        socket.resume();
        socket.emit('connect');
      });
      return socket;
    },
  });
}
