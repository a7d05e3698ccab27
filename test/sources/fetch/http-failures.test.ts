import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fetchUrl } from '../../../src/sources/fetch/http.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { CERTIFICATE } from '../test-certificate.ts';
import { failureOf, guardOf, options, shownOf } from './fetching.ts';
import { startWebServer } from './web-server.ts';
import type { WebServer } from './web-server.ts';

const FILE = someBytes(3_000_000);

let web: WebServer;
before(async () => {
  web = await startWebServer();
});
after(() => web.close());

describe('a file of the web that is not to be had', () => {
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
      web.answering((_, response) => response.writeHead(301, { Location: location }).end());
      assert.match((await failureOf(fetchUrl({ url: `${web.base}/x` }, options()))).message, message, location);
    }
  });

  test('is asked for with a password at its own host alone', async () => {
    web.answering((request, response) => {
      if (request.url === '/there') return void response.end('x');
      const other = web.base.replace('127.0.0.1', 'localhost');
      response.writeHead(307, { Location: request.url === '/' ? '/here' : `${other}/there` }).end();
      return undefined;
    });
    const url = web.base.replace('http://', 'http://us%40er:hidden%20word@');
    await gather((await fetchUrl({ url }, options())).body);
    assert.deepEqual(
      web.asked.map(({ headers }) => headers.authorization),
      [...Array<string>(2).fill(`Basic ${Buffer.from('us@er:hidden word').toString('base64')}`), undefined],
    );
  });

  test('over TLS is taken only from a host that proves who it is, and never on without', async () => {
    web.answering((_, response) => response.end(FILE));
    const untrusted = await failureOf(fetchUrl({ url: web.secure }, options()));
    assert.deepEqual([untrusted.code, /certificate/u.test(untrusted.message)], ['source_rejected', true]);
    const { body } = await fetchUrl({ url: web.secure, ca: CERTIFICATE }, options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
    web.answering((_, response) => response.writeHead(302, { Location: web.base }).end());
    const plain = await failureOf(fetchUrl({ url: web.secure, ca: CERTIFICATE }, options()));
    assert.match(plain.message, /from https to an address without encryption/u);
    const wrong = await failureOf(fetchUrl({ url: web.base.replace('http:', 'https:') }, options()));
    assert.match(wrong.message, /does not speak TLS/u);
  });

  test('whose body breaks, is shorter than it says or stands still is not taken for whole', async () => {
    web.answering((_, response) => {
      response.writeHead(200, { 'Content-Length': FILE.length });
      response.write(FILE.subarray(0, 100_000), () => response.destroy());
    });
    assert.match(
      (await failureOf(fetchUrl({ url: web.base }, options()))).message,
      /ended after \d+ of 3000000 bytes/u,
    );

    web.answering((_, response) => {
      response.write(FILE.subarray(0, 100_000), () => response.destroy());
    });
    assert.equal((await failureOf(fetchUrl({ url: web.base }, options()))).code, 'source_unreachable');

    web.answering((_, response) => void response.write(FILE.subarray(0, 100)));
    const silent = await failureOf(fetchUrl({ url: web.base }, options({ stallMs: 200 })));
    assert.deepEqual([silent.code, silent.details['reason']], ['source_unreachable', 'stalled']);
  });

  test('from a host that never answers, or drips, is given up', async () => {
    web.answering(() => undefined);
    assert.match(
      (await failureOf(fetchUrl({ url: web.base }, options({ stallMs: 200 })))).message,
      /sent nothing for 0.2/u,
    );
    const timers: NodeJS.Timeout[] = [];
    web.answering((_, response) => {
      timers.push(setInterval(() => response.write('.'), 20));
    });
    const slow = await failureOf(fetchUrl({ url: web.base }, options({ stallMs: 500 })));
    for (const timer of timers) clearInterval(timer);
    assert.match(slow.message, /sends too slowly/u);
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
      web.answering((_, response) => response.writeHead(Number(status)).end());
      const failure = await failureOf(fetchUrl({ url: web.base }, options()));
      assert.deepEqual([failure.code, failure.details['status']], [code, Number(status)]);
    }
  });

  test('that cannot be fetched tells no secret of its address', async () => {
    const url = web.base.replace('http://', 'http://user:hidden-word@').concat('/hidden-path?token=hidden-token');
    web.answering((_, response) => response.writeHead(500).end('hidden-word'));
    const failures = [
      await failureOf(fetchUrl({ url }, options())),
      await failureOf(fetchUrl({ url }, options({ guard: guardOf('') }))),
      await failureOf(fetchUrl({ url: url.replace(/:\d+\//u, ':1/') }, options())),
      await failureOf(fetchUrl({ url: url.replace('http:', 'gopher:') }, options())),
    ];
    for (const failure of failures) assert.doesNotMatch(shownOf(failure), /hidden/u);
  });
});
