import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { SourceConnection } from '../../src/domain/query.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from './test-certificate.ts';

/** A server between a client and a source. */
export interface Proxy extends AsyncDisposable {
  /** The source's connection, led through it. */
  readonly connection: SourceConnection;
}

/**
 * A proxy that passes everything on until it is frozen, or the client sends what freezes it; from then on nothing, in
 * neither direction, without closing.
 */
export async function freezableProxy(
  source: SourceConnection,
  freezes: (sent: Buffer) => boolean = () => false,
): Promise<Proxy & { freeze(): void }> {
  let frozen = false;
  const proxy = await listen(source, (client) => {
    const server = net.connect(source.port, source.host);
    const pass = (from: net.Socket, to: net.Socket): void => {
      from.on('data', (bytes: Buffer) => void (frozen || to.write(bytes)));
      from.on('close', () => void (frozen || to.destroy()));
      from.on('error', () => undefined);
    };
    client.on('data', (sent: Buffer) => void (frozen ||= freezes(sent)));
    pass(client, server);
    pass(server, client);
    return server;
  });
  return { ...proxy, freeze: () => void (frozen = true) };
}

/** A server that takes every connection and then does what it is told with it. */
export async function strangeServer(source: SourceConnection, behave: (client: net.Socket) => void): Promise<Proxy> {
  return listen(source, (client) => {
    client.on('error', () => undefined);
    behave(client);
    return null;
  });
}

/** A proxy that speaks TLS with the client, as a server with a certificate for `localhost` does, and counts who came with. */
export async function tlsProxy(source: SourceConnection): Promise<Proxy & { encrypted: number }> {
  const counts = { encrypted: 0 };
  const proxy = await listen(source, (client) => {
    const server = net.connect(source.port, source.host);
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.once('data', (request: Buffer) => {
      const wantsTls = request.length === 8 && request.readUInt32BE(4) === 80_877_103;
      if (!wantsTls) {
        server.write(request);
        client.pipe(server).pipe(client);
        return;
      }
      client.write('S');
      const secured = new tls.TLSSocket(client, { isServer: true, key: CERTIFICATE_KEY, cert: CERTIFICATE });
      secured.on('error', () => server.destroy());
      secured.on('secure', () => void (counts.encrypted += 1));
      secured.pipe(server).pipe(secured);
    });
    return server;
  });
  return Object.assign(counts, proxy);
}

async function listen(source: SourceConnection, take: (client: net.Socket) => net.Socket | null): Promise<Proxy> {
  const open = new Set<net.Socket>();
  const server = net.createServer((client) => {
    open.add(client);
    const other = take(client);
    if (other) open.add(other);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    connection: { ...source, host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
