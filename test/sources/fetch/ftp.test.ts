import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fetchFtp } from '../../../src/sources/fetch/ftp.ts';
import type { FtpSource } from '../../../src/sources/fetch/ftp-connections.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { noPython, startPython } from '../../support/python-servers.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../test-certificate.ts';
import { failureOf, guardOf, options, shownOf } from './fetching.ts';

const SERVER = fileURLToPath(new URL('../../support/ftp-server.py', import.meta.url));
const PASSWORD = 'hidden-word';
const FILE = someBytes(3_000_000);
const NAME = ' Käufer (1).csv';

describe('a file on an FTP server', { skip: noPython }, () => {
  let folder = '';
  let certificate = '';
  const stops: (() => Promise<void>)[] = [];

  /** Starts a server with some peculiarities. */
  const start = async (...words: readonly string[]): Promise<FtpSource> => {
    const server = await startPython('ftp', [SERVER, join(folder, 'root'), 'lading', PASSWORD, ...words]);
    stops.push(() => server.stop());
    const plain = { host: '127.0.0.1', port: Number(server.ready), security: 'plain' } as const;
    return { ...plain, user: 'lading', password: PASSWORD, path: '/a.csv' };
  };

  let source: FtpSource;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lading-ftp-'));
    await mkdir(join(folder, 'root'));
    for (const name of ['a.csv', NAME]) await writeFile(join(folder, 'root', name), FILE);
    await writeFile(join(folder, 'root', 'empty.csv'), '');
    certificate = join(folder, 'certificate.pem');
    await writeFile(certificate, CERTIFICATE_KEY + CERTIFICATE);
    source = await start();
  });
  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('comes whole, with its size, version and name', async () => {
    for (const path of ['/a.csv', 'a.csv', `/${NAME}`, NAME]) {
      const { body, size, name, etag } = await fetchFtp({ ...source, path }, options());
      assert.deepEqual([size, name], [FILE.length, path.replace('/', '').trim()]);
      assert.match(etag ?? '', /^3000000 2\d{3}-/u);
      assert.equal(sha256(await gather(body)), sha256(FILE), path);
    }
    assert.equal((await gather((await fetchFtp({ ...source, path: 'empty.csv' }, options())).body)).length, 0);
  });

  test('goes on from a byte, of the same version alone', async () => {
    const { body, etag } = await fetchFtp(source, options());
    await gather(body);
    const rest = await fetchFtp(source, options({ resumeFrom: 2_000_001, etag }));
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(2_000_001)));
    await utimes(join(folder, 'root', 'a.csv'), 1, 1_000_000_000);
    const changed = await failureOf(fetchFtp(source, options({ resumeFrom: 10, etag })));
    assert.equal(changed.details['reason'], 'changed');
  });

  test('comes over TLS, control and data, from a server that proves who it is', async () => {
    const secured = {
      ...(await start('tls', certificate)),
      host: 'localhost',
      security: 'explicit',
      ca: CERTIFICATE,
    } as const;
    const { body } = await fetchFtp(secured, options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
    const { ca: _, ...untrusting } = secured;
    const untrusted = await failureOf(fetchFtp(untrusting, options()));
    assert.deepEqual([untrusted.code, /certificate/u.test(untrusted.message)], ['source_rejected', true]);
    const plain = await failureOf(fetchFtp({ ...secured, security: 'plain' }, options()));
    assert.equal(plain.code, 'source_rejected');
    assert.equal((await failureOf(fetchFtp({ ...source, security: 'explicit' }, options()))).code, 'source_rejected');
  });

  test('comes from the server itself, wherever it says that the data are', async () => {
    const { body } = await fetchFtp(await start('no-epsv', 'masquerade', '10.1.2.3'), options());
    assert.equal(sha256(await gather(body)), sha256(FILE));
  });

  test('comes only over connections that the guard allows, those of data too', async () => {
    const refused = await failureOf(fetchFtp(source, options({ guard: guardOf('') })));
    assert.equal(refused.details['reason'], 'outbound_refused');
    const dataRefused = await failureOf(fetchFtp(source, options({ guard: guardOf(`127.0.0.1:${source.port}`) })));
    assert.equal(dataRefused.details['reason'], 'outbound_refused');
    const { body } = await fetchFtp({ ...source, host: 'localhost' }, options({ guard: guardOf('localhost') }));
    assert.equal(sha256(await gather(body)), sha256(FILE));
  });

  test('that the server does not give says why', async () => {
    const wrong = await failureOf(fetchFtp({ ...source, password: 'hidden-but-wrong' }, options()));
    assert.deepEqual([wrong.code, wrong.details['reply']], ['source_rejected', 530]);
    assert.match(wrong.message, /^127\.0\.0\.1 does not let lading in: 530 /u);
    const absent = await failureOf(fetchFtp({ ...source, path: '/nothing.csv' }, options()));
    assert.deepEqual([absent.code, absent.details['reply']], ['source_rejected', 550]);
    const injected = await failureOf(fetchFtp({ ...source, path: 'a.csv\r\nDELE a.csv' }, options()));
    assert.equal(injected.code, 'source_rejected');
    const away = await failureOf(fetchFtp({ ...source, port: 1 }, options()));
    assert.equal(away.code, 'source_unreachable');
    for (const failure of [wrong, absent, injected, away]) {
      assert.doesNotMatch(shownOf(failure), /hidden/u);
      assert.doesNotMatch(failure.message, /\.\.$/u);
    }
  });

  test('may not be larger than allowed', async () => {
    assert.equal((await failureOf(fetchFtp(source, options({ maxBytes: FILE.length - 1 })))).code, 'too_large');
  });

  test('whose connection breaks or falls silent is not taken for whole', async () => {
    const cut = await failureOf(fetchFtp(await start('cut', '1000000'), options()));
    assert.equal(cut.code, 'source_unreachable');
    const stalled = await failureOf(fetchFtp(await start('stall', '1000000'), options({ stallMs: 400 })));
    assert.equal(stalled.code, 'source_unreachable');
  });

  test('from a server that says nothing, or endless nonsense, is given up, and repeats no password', async () => {
    for (const said of ['', 'HTTP/1.1 400 Bad Request\r\n', '220 hello\r\n', 'x'.repeat(1_000_000)]) {
      const server = net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.write(said);
        socket.on(
          'data',
          (sent: Buffer) =>
            void socket.write(sent.toString().startsWith('PASS') ? `530 no ${sent.toString()}` : '331 go on\r\n'),
        );
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const failure = await failureOf(fetchFtp({ ...source, port }, options({ stallMs: 300 })));
      server.close();
      assert.doesNotMatch(shownOf(failure), /hidden/u);
    }
  });

  test('can be left off at any time', async () => {
    const stop = new AbortController();
    const { body } = await fetchFtp(source, options({ signal: stop.signal }));
    const read = async (): Promise<void> => {
      for await (const _ of body) stop.abort(new Error('a person has cancelled'));
    };
    await assert.rejects(read(), /a person has cancelled/u);
    for await (const _ of (await fetchFtp(source, options())).body) break;
  });
});
