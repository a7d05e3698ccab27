import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fetchUrl } from '../../../src/sources/fetch/http.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { failureOf, options } from './fetching.ts';
import { startWebServer } from './web-server.ts';
import type { Answer, WebServer } from './web-server.ts';

const FILE = someBytes(3_000_000);
const ETAG = '"version 1"';

let web: WebServer;
before(async () => {
  web = await startWebServer();
});
after(() => web.close());

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
    web.answering((_, response) => {
      response.setHeader('ETag', ETAG);
      response.setHeader('Content-Type', 'text/csv; charset="windows-1252"');
      response.setHeader('Content-Disposition', `attachment; filename="x.csv"; filename*=UTF-8''K%C3%A4ufer.csv`);
      response.setHeader('Content-Length', FILE.length);
      response.end(FILE);
    });
    const { body, etag, ...told } = await fetchUrl({ url: `${web.base}/a/b.csv?x=1` }, options());
    assert.deepEqual(told, { size: FILE.length, name: 'Käufer.csv', charset: 'windows-1252', hostKey: null });
    assert.ok(etag?.includes('version 1'));
    assert.equal(sha256(await gather(body)), sha256(FILE));
    assert.equal(web.asked[0]?.url, '/a/b.csv?x=1');
  });

  test('has the name of its path where it has no other, and it is no path', async () => {
    web.answering((_, response) => response.end('x'));
    for (const [path, name] of [
      ['/folder/K%C3%A4ufer%20A.csv?name=b', 'Käufer A.csv'],
      ['/..%2f..%2fetc%2fpasswd', 'passwd'],
      ['/%E0%A4%A', '%E0%A4%A'],
      ['/', null],
    ] as const) {
      const opened = await fetchUrl({ url: web.base + path }, options());
      await gather(opened.body);
      assert.equal(opened.name, name);
    }
  });

  test('goes on from a byte, of the same version alone', async () => {
    web.answering(withRanges);
    const first = await fetchUrl({ url: web.base }, options());
    const rest = await fetchUrl({ url: web.base }, options({ resumeFrom: 1_234_567, etag: first.etag }));
    assert.equal(rest.size, FILE.length);
    assert.equal(rest.etag, first.etag);
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(1_234_567)));
    assert.equal(web.asked.at(-1)?.headers.range, 'bytes=1234567-');
    await gather(first.body);

    web.answering((_, response) => {
      response.setHeader('ETag', '"version 2"');
      response.end(FILE);
    });
    const changed = await failureOf(fetchUrl({ url: web.base }, options({ resumeFrom: 10, etag: first.etag })));
    assert.deepEqual([changed.code, changed.details['reason']], ['source_rejected', 'changed']);
  });

  test('goes on from a byte where its host knows no ranges', async () => {
    web.answering((_, response) => {
      response.setHeader('ETag', ETAG);
      response.end(FILE);
    });
    const { etag } = await fetchUrl({ url: web.base }, options());
    const rest = await fetchUrl({ url: web.base }, options({ resumeFrom: 2_999_999, etag }));
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(2_999_999)));
  });

  test('is not put together of versions that a weak tag or a fresh time cannot tell apart', async () => {
    const now = new Date().toUTCString();
    for (const headers of [{ ETag: 'W/"1"' }, { 'Last-Modified': now, Date: now }, {}]) {
      web.answering((_, response) => {
        response.writeHead(200, headers);
        response.end(FILE);
      });
      assert.equal((await fetchUrl({ url: web.base }, options())).etag, null);
    }
    web.answering((_, response) => {
      response.writeHead(200, {
        'Last-Modified': 'Sat, 21 Nov 2026 10:00:00 GMT',
        Date: 'Sat, 21 Nov 2026 11:00:00 GMT',
      });
      response.end(FILE);
    });
    const { etag } = await fetchUrl({ url: web.base }, options());
    assert.ok(etag !== null);
    await gather((await fetchUrl({ url: web.base }, options({ resumeFrom: 5, etag }))).body);
    assert.equal(web.asked.at(-1)?.headers['if-range'], 'Sat, 21 Nov 2026 10:00:00 GMT');
  });

  test('is opened up when it comes compressed, and resumed all the same', async () => {
    const text = Buffer.from('a,b,c\n'.repeat(200_000));
    for (const [coding, bytes] of [
      ['gzip', gzipSync(text)],
      ['br', brotliCompressSync(text)],
    ] as const) {
      web.answering((_, response) => {
        response.writeHead(200, { 'Content-Encoding': coding, ETag: ETAG, 'Content-Length': bytes.length });
        response.end(bytes);
      });
      const { body, size, etag } = await fetchUrl({ url: web.base }, options());
      assert.equal(size, null);
      assert.equal(sha256(await gather(body)), sha256(text));
      const rest = await fetchUrl({ url: web.base }, options({ resumeFrom: 700_001, etag }));
      assert.equal(web.asked.at(-1)?.headers.range, undefined);
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
      web.answering((_, response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length });
        response.end(bytes);
      });
      assert.equal((await failureOf(fetchUrl({ url: web.base }, options()))).code, code);
    }
  });

  test('is fetched from where it was moved to', async () => {
    web.answering((request, response) => {
      if (request.url === '/new/place.csv') return void response.end(FILE);
      response.writeHead(302, { Location: request.url === '/1' ? '/2' : './new/place.csv' }).end('moved');
      return undefined;
    });
    const { body, name } = await fetchUrl({ url: `${web.base}/1` }, options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
    assert.equal(name, 'place.csv');
    assert.equal(web.asked.length, 3);
  });

  test('may not be larger than allowed', async () => {
    web.answering((_, response) => {
      response.setHeader('Content-Length', FILE.length);
      response.end(FILE);
    });
    assert.equal(
      (await failureOf(fetchUrl({ url: web.base }, options({ maxBytes: FILE.length - 1 })))).code,
      'too_large',
    );
    await gather((await fetchUrl({ url: web.base }, options({ maxBytes: FILE.length }))).body);
  });

  test('can be left off at any time, and its connection with it', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    web.answering((request, response) => {
      request.socket.once('close', () => closed.resolve());
      response.write(FILE.subarray(0, 1000));
    });
    const { body } = await fetchUrl({ url: web.base }, options({ signal: stop.signal }));
    const read = gather(body);
    setImmediate(() => stop.abort(new Error('a person has cancelled')));
    await assert.rejects(read, /a person has cancelled/u);
    await closed.promise;
  });
});
