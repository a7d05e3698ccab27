import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { CERTIFICATE, CERTIFICATE_KEY } from '../test-certificate.ts';

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A web server with and without TLS, which answers as it was last told. */
export interface WebServer {
  readonly base: string;
  /** Its certificate is for `localhost`. */
  readonly secure: string;
  /** The requests since it was told how to answer. */
  asked: http.IncomingMessage[];
  answering(next: Answer): void;
  close(): void;
}

export async function startWebServer(): Promise<WebServer> {
  let answer: Answer = () => undefined;
  const serve: Answer = (request, response) => {
    state.asked.push(request);
    response.on('error', () => undefined);
    answer(request, response);
  };
  const servers = [http.createServer(serve), https.createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, serve)];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const [port, securePort] = servers.map((server) => (server.address() as AddressInfo).port);
  const state: WebServer = {
    base: `http://127.0.0.1:${port}`,
    secure: `https://localhost:${securePort}`,
    asked: [],
    answering(next) {
      state.asked = [];
      answer = next;
    },
    close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
  return state;
}
