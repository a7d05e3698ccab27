import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fetchUrl } from '../../../src/sources/fetch/http.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../test-certificate.ts';
import { failureOf, guardOf, options, shownOf } from './fetching.ts';

const FILE = someBytes(3_000_000);
const ETAG = '"version 1"';

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

let answer: Answer = () => undefined;
/** The requests of the test. */
let asked: http.IncomingMessage[] = [];
let base = '';
let secure = '';

const serve: Answer = (request, response) => {
  asked.push(request);
  response.on('error', () => undefined);
  answer(request, response);
};
const server = http.createServer(serve);
const secureServer = https.createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, serve);

before(async () => {
  for (const one of [server, secureServer]) {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
  }
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  secure = `https://localhost:${(secureServer.address() as AddressInfo).port}`;
});
after(() => {
  for (const one of [server, secureServer]) {
    one.closeAllConnections();
    one.close();
  }
});

function answering(next: Answer): void {
  asked = [];
  answer = next;
}

/** A server that knows ranges, as most do. */
const withRanges: Answer = (request, response) => {
  const { range, 'if-range': same } = request.headers;
  response.setHeader('ETag', ETAG);
  const start = Number(/^bytes=(\d+)-$/u.exec(range ?? '')?.[1] ?? 0);
  if (range === undefined || same !== ETAG) return void response.end(FILE);
  response.writeHead(206, { 'Content-Range': `bytes ${start}-${FILE.length - 1}/${FILE.length}` });
  response.end(FILE.subarray(start));
};

describe('a file of the web', () => {
  test('comes whole, with its size, version, name and encoding', async () => {
    answering((_, response) => {
      response.setHeader('ETag', ETAG);
      response.setHeader('Content-Type', 'text/csv; charset="windows-1252"');
      response.setHeader('Content-Disposition', `attachment; filename="x.csv"; filename*=UTF-8''K%C3%A4ufer.csv`);
      response.setHeader('Content-Length', FILE.length);
      response.end(FILE);
    });
    const { body, etag, ...told } = await fetchUrl({ url: `${base}/a/b.csv?x=1` }, options());
    assert.deepEqual(told, { size: FILE.length, name: 'Käufer.csv', charset: 'windows-1252', hostKey: null });
    assert.ok(etag?.includes('version 1'));
    assert.equal(sha256(await gather(body)), sha256(FILE));
    assert.equal(asked[0]?.url, '/a/b.csv?x=1');
  });

  test('has the name of its path where it has no other, and it is no path', async () => {
    answering((_, response) => response.end('x'));
    for (const [path, name] of [
      ['/folder/K%C3%A4ufer%20A.csv?name=b', 'Käufer A.csv'],
      ['/..%2f..%2fetc%2fpasswd', 'passwd'],
      ['/%E0%A4%A', '%E0%A4%A'],
      ['/', null],
    ] as const) {
      const opened = await fetchUrl({ url: base + path }, options());
      await gather(opened.body);
      assert.equal(opened.name, name);
    }
  });

  test('goes on from a byte, of the same version alone', async () => {
    answering(withRanges);
    const first = await fetchUrl({ url: base }, options());
    const rest = await fetchUrl({ url: base }, options({ resumeFrom: 1_234_567, etag: first.etag }));
    assert.equal(rest.size, FILE.length);
    assert.equal(rest.etag, first.etag);
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(1_234_567)));
    assert.equal(asked.at(-1)?.headers.range, 'bytes=1234567-');
    await gather(first.body);

    answering((_, response) => {
      response.setHeader('ETag', '"version 2"');
      response.end(FILE);
    });
    const changed = await failureOf(fetchUrl({ url: base }, options({ resumeFrom: 10, etag: first.etag })));
    assert.deepEqual([changed.code, changed.details['reason']], ['source_rejected', 'changed']);
  });

  test('goes on from a byte where its host knows no ranges', async () => {
    answering((_, response) => {
      response.setHeader('ETag', ETAG);
      response.end(FILE);
    });
    const { etag } = await fetchUrl({ url: base }, options());
    const rest = await fetchUrl({ url: base }, options({ resumeFrom: 2_999_999, etag }));
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(2_999_999)));
  });

  test('is not put together of versions that a weak tag or a fresh time cannot tell apart', async () => {
    const now = new Date().toUTCString();
    for (const headers of [{ ETag: 'W/"1"' }, { 'Last-Modified': now, Date: now }, {}]) {
      answering((_, response) => {
        response.writeHead(200, headers);
        response.end(FILE);
      });
      assert.equal((await fetchUrl({ url: base }, options())).etag, null);
    }
    answering((_, response) => {
      response.writeHead(200, {
        'Last-Modified': 'Sat, 21 Nov 2026 10:00:00 GMT',
        Date: 'Sat, 21 Nov 2026 11:00:00 GMT',
      });
      response.end(FILE);
    });
    const { etag } = await fetchUrl({ url: base }, options());
    assert.ok(etag !== null);
    await gather((await fetchUrl({ url: base }, options({ resumeFrom: 5, etag }))).body);
    assert.equal(asked.at(-1)?.headers['if-range'], 'Sat, 21 Nov 2026 10:00:00 GMT');
  });

  test('is opened up when it comes compressed, and resumed all the same', async () => {
    const text = Buffer.from('a,b,c\n'.repeat(200_000));
    for (const [coding, bytes] of [
      ['gzip', gzipSync(text)],
      ['br', brotliCompressSync(text)],
    ] as const) {
      answering((_, response) => {
        response.writeHead(200, { 'Content-Encoding': coding, ETag: ETAG, 'Content-Length': bytes.length });
        response.end(bytes);
      });
      const { body, size, etag } = await fetchUrl({ url: base }, options());
      assert.equal(size, null);
      assert.equal(sha256(await gather(body)), sha256(text));
      const rest = await fetchUrl({ url: base }, options({ resumeFrom: 700_001, etag }));
      assert.equal(asked.at(-1)?.headers.range, undefined);
      assert.equal(sha256(await gather(rest.body)), sha256(text.subarray(700_001)));
    }
  });

  test('that is compressed and broken is said to be that', async () => {
    const packed = gzipSync(FILE);
    const broken: readonly [Buffer, string][] = [
      [Buffer.from('this is no gzip at all'), 'source_rejected'],
      [packed.subarray(0, packed.length - 100), 'source_unreachable'],
    ];
    for (const [bytes, code] of broken) {
      answering((_, response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length });
        response.end(bytes);
      });
      assert.equal((await failureOf(fetchUrl({ url: base }, options()))).code, code);
    }
  });

  test('is fetched from where it was moved to', async () => {
    answering((request, response) => {
      if (request.url === '/new/place.csv') return void response.end(FILE);
      response.writeHead(302, { Location: request.url === '/1' ? '/2' : './new/place.csv' }).end('moved');
      return undefined;
    });
    const { body, name } = await fetchUrl({ url: `${base}/1` }, options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
    assert.equal(name, 'place.csv');
    assert.equal(asked.length, 3);
  });

  test('is not fetched from where nobody may be sent', async () => {
    const targets: Record<string, RegExp> = {
      'http://169.254.169.254/latest/meta-data/': /not allowed as an outbound address/u,
      'http://[::ffff:10.0.0.1]/x': /not allowed as an outbound address/u,
      'http://0.0.0.0:80/': /not allowed as an outbound address/u,
      'file:///etc/passwd': /not one of http or https/u,
      'ftp://127.0.0.1/x': /not one of http or https/u,
      'http://': /not one of http or https/u,
      '/round': /redirects more than 10 times/u,
    };
    for (const [location, message] of Object.entries(targets)) {
      answering((_, response) => response.writeHead(301, { Location: location }).end());
      assert.match((await failureOf(fetchUrl({ url: `${base}/x` }, options()))).message, message, location);
    }
  });

  test('is asked for with a password at its own host alone', async () => {
    answering((request, response) => {
      if (request.url === '/there') return void response.end('x');
      const other = base.replace('127.0.0.1', 'localhost');
      response.writeHead(307, { Location: request.url === '/' ? '/here' : `${other}/there` }).end();
      return undefined;
    });
    const url = base.replace('http://', 'http://us%40er:hidden%20word@');
    await gather((await fetchUrl({ url }, options())).body);
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      [...Array<string>(2).fill(`Basic ${Buffer.from('us@er:hidden word').toString('base64')}`), undefined],
    );
  });

  test('over TLS is taken only from a host that proves who it is, and never on without', async () => {
    answering((_, response) => response.end(FILE));
    const untrusted = await failureOf(fetchUrl({ url: secure }, options()));
    assert.deepEqual([untrusted.code, /certificate/u.test(untrusted.message)], ['source_rejected', true]);
    const { body } = await fetchUrl({ url: secure, ca: CERTIFICATE }, options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
    answering((_, response) => response.writeHead(302, { Location: base }).end());
    const plain = await failureOf(fetchUrl({ url: secure, ca: CERTIFICATE }, options()));
    assert.match(plain.message, /from https to an address without encryption/u);
    const wrong = await failureOf(fetchUrl({ url: base.replace('http:', 'https:') }, options()));
    assert.match(wrong.message, /does not speak TLS/u);
  });

  test('whose body breaks, is shorter than it says or stands still is not taken for whole', async () => {
    answering((_, response) => {
      response.writeHead(200, { 'Content-Length': FILE.length });
      response.write(FILE.subarray(0, 100_000), () => response.destroy());
    });
    assert.match((await failureOf(fetchUrl({ url: base }, options()))).message, /ended after \d+ of 3000000 bytes/u);

    answering((_, response) => {
      response.write(FILE.subarray(0, 100_000), () => response.destroy());
    });
    assert.equal((await failureOf(fetchUrl({ url: base }, options()))).code, 'source_unreachable');

    answering((_, response) => void response.write(FILE.subarray(0, 100)));
    const silent = await failureOf(fetchUrl({ url: base }, options({ stallMs: 200 })));
    assert.deepEqual([silent.code, silent.details['reason']], ['source_unreachable', 'stalled']);
  });

  test('from a host that never answers, or drips, is given up', async () => {
    answering(() => undefined);
    assert.match(
      (await failureOf(fetchUrl({ url: base }, options({ stallMs: 200 })))).message,
      /sent nothing for 0.2/u,
    );
    const timers: NodeJS.Timeout[] = [];
    answering((_, response) => {
      timers.push(setInterval(() => response.write('.'), 20));
    });
    const slow = await failureOf(fetchUrl({ url: base }, options({ stallMs: 150 })));
    for (const timer of timers) clearInterval(timer);
    assert.match(slow.message, /sends too slowly/u);
  });

  test('may not be larger than allowed', async () => {
    answering((_, response) => {
      response.setHeader('Content-Length', FILE.length);
      response.end(FILE);
    });
    assert.equal((await failureOf(fetchUrl({ url: base }, options({ maxBytes: FILE.length - 1 })))).code, 'too_large');
    await gather((await fetchUrl({ url: base }, options({ maxBytes: FILE.length }))).body);
  });

  test('that its host does not give says why, and whether to try again', async () => {
    const codes: Record<number, string> = {
      204: 'source_rejected',
      206: 'source_rejected',
      304: 'source_rejected',
      401: 'source_rejected',
      403: 'source_rejected',
      404: 'source_rejected',
      410: 'source_rejected',
      429: 'source_unreachable',
      500: 'source_unreachable',
      503: 'source_unreachable',
    };
    for (const [status, code] of Object.entries(codes)) {
      answering((_, response) => response.writeHead(Number(status)).end());
      const failure = await failureOf(fetchUrl({ url: base }, options()));
      assert.deepEqual([failure.code, failure.details['status']], [code, Number(status)]);
    }
  });

  test('can be left off at any time, and its connection with it', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    answering((request, response) => {
      request.socket.once('close', () => closed.resolve());
      response.write(FILE.subarray(0, 1000));
    });
    const { body } = await fetchUrl({ url: base }, options({ signal: stop.signal }));
    const read = gather(body);
    setImmediate(() => stop.abort(new Error('a person has cancelled')));
    await assert.rejects(read, /a person has cancelled/u);
    await closed.promise;
  });

  test('that cannot be fetched tells no secret of its address', async () => {
    const url = base.replace('http://', 'http://user:hidden-word@').concat('/hidden-path?token=hidden-token');
    answering((_, response) => response.writeHead(500).end('hidden-word'));
    const failures = [
      await failureOf(fetchUrl({ url }, options())),
      await failureOf(fetchUrl({ url }, options({ guard: guardOf('') }))),
      await failureOf(fetchUrl({ url: url.replace(/:\d+\//u, ':1/') }, options())),
      await failureOf(fetchUrl({ url: url.replace('http:', 'gopher:') }, options())),
    ];
    for (const failure of failures) assert.doesNotMatch(shownOf(failure), /hidden/u);
  });
});
