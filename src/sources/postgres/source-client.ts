import pg from 'pg';
import type net from 'node:net';
import type { SourceConnection } from '../../domain/query.ts';

/**
 * A node-postgres client on a socket that is connected already. What reaches the server are the connection's fields
 * and an application name: the driver would add PGOPTIONS, PGREPLICATION, PGAPPNAME and the password of PGPASSWORD or
 * a pgpass file where a field is empty, so each of these is taken out of its hands.
 */
export class SourceClient extends pg.Client {
  readonly #startup: Readonly<Record<string, string>>;

  constructor(connection: SourceConnection, socket: net.Socket, applicationName: string) {
    super({
      host: connection.host,
      port: connection.port,
      user: connection.username,
      database: connection.database,
      // A function counts as given even when it gives the empty password.
      password: () => connection.password,
      ssl: false,
      sslnegotiation: 'postgres',
      stream: () => asUnconnected(socket),
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
