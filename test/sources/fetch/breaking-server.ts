import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { inPieces } from '../../support/bytes.ts';

/** A web server that gives one file, in ranges, and breaks connections. */
export interface BreakingServer {
  readonly url: string;
  /** Requests since the last reset. */
  requests: number;
  /** Bytes of bodies since the last reset. */
  sent: number;
  /** After so many bytes of each answer its connection breaks. */
  breakEach: number | null;
  onBreak: () => void;
  /** Tells its versions apart; it changes with what is served. */
  etag: string | null;
  status: number | null;
  tellsLength: boolean;
  serve(file: Buffer): void;
  reset(): void;
  close(): Promise<void>;
}

export async function breakingServer(original: Buffer): Promise<BreakingServer> {
  let file = original;
  let version = 1;
  const server = http.createServer((request, response) => {
    state.requests++;
    response.on('error', () => undefined);
    if (state.status !== null) return void response.writeHead(state.status).end();
    const { range, 'if-range': same } = request.headers;
    const partial = range !== undefined && same === state.etag;
    const start = partial ? Number(/\d+/u.exec(range)?.[0]) : 0;
    const whole = file;
    if (state.etag !== null) response.setHeader('ETag', state.etag);
    if (partial) response.setHeader('Content-Range', `bytes ${start}-${whole.length - 1}/${whole.length}`);
    if (state.tellsLength) response.setHeader('Content-Length', whole.length - start);
    response.writeHead(partial ? 206 : 200);
    void sendBody(response, whole.subarray(start));
    return undefined;
  });

  async function sendBody(response: http.ServerResponse, body: Buffer): Promise<void> {
    const most = state.breakEach ?? body.length;
    const part = body.subarray(0, most);
    response.flushHeaders();
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of inPieces(part, 65_536)) {
        state.sent += piece.length;
        yield piece;
      }
    };
    const came = await pipeline(counted, response, { end: false }).then(
      () => true,
      () => false,
    );
    if (!came) return;
    if (part.length === body.length) return void response.end();
    state.onBreak();
    // What is written has to be on its way before the connection breaks.
    response.write('', () => response.destroy());
    return undefined;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: BreakingServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 0,
    sent: 0,
    breakEach: null,
    onBreak: () => undefined,
    etag: '"1"',
    status: null,
    tellsLength: true,
    serve(next) {
      file = next;
      state.etag = `"${++version}"`;
      state.breakEach = null;
    },
    reset() {
      file = original;
      Object.assign(state, { requests: 0, sent: 0, breakEach: null, status: null, tellsLength: true, etag: '"1"' });
      state.onBreak = () => undefined;
    },
    async close() {
      server.closeAllConnections();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
  return state;
}
