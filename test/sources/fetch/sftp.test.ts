import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fetchSftp } from '../../../src/sources/fetch/sftp.ts';
import type { SftpSource } from '../../../src/sources/fetch/sftp.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { startSftpServer } from '../../support/sftp-server.ts';
import type { SftpServer } from '../../support/sftp-server.ts';
import { failureOf, guardOf, options, shownOf } from './fetching.ts';

const ACCOUNT = { user: 'lading', password: 'hidden-word' };
const FILE = someBytes(1_500_000);

let server: SftpServer;
let source: SftpSource;
before(async () => {
  server = await startSftpServer(ACCOUNT);
  source = { host: '127.0.0.1', port: server.port, ...ACCOUNT, path: '/in/Käufer.csv' };
});
beforeEach(() => {
  server.files.set(source.path, { bytes: FILE, modified: 1_700_000_000 });
  server.after = null;
  server.asksForPassword = false;
  server.nonsense = null;
  server.mostAtOnce = 32_768;
});
after(() => server.close());

describe('a file on an SFTP server', () => {
  test('comes whole, with its size, version and name, however little the server gives at once', async () => {
    for (const most of [10_000, 32_768]) {
      server.mostAtOnce = most;
      const { body, ...told } = await fetchSftp(source, options());
      assert.deepEqual(told, {
        size: FILE.length,
        etag: '1500000 1700000000',
        name: 'Käufer.csv',
        charset: null,
        hostKey: server.hostKey,
      });
      assert.equal(sha256(await gather(body)), sha256(FILE));
    }
    server.files.set('/empty', { bytes: Buffer.alloc(0), modified: 1 });
    assert.equal((await gather((await fetchSftp({ ...source, path: '/empty' }, options())).body)).length, 0);
  });

  test('goes on from a byte, of the same version alone', async () => {
    const { body, etag } = await fetchSftp(source, options());
    await gather(body);
    for (const from of [1_000_001, FILE.length]) {
      const rest = await fetchSftp(source, options({ resumeFrom: from, etag }));
      assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(from)));
    }
    server.files.set(source.path, { bytes: FILE, modified: 1_700_000_001 });
    const changed = await failureOf(fetchSftp(source, options({ resumeFrom: 10, etag })));
    assert.equal(changed.details['reason'], 'changed');
  });

  test('comes from a server whose key is the known one, and nothing is told to another', async () => {
    const known = await fetchSftp({ ...source, hostKey: server.hostKey }, options());
    assert.equal(sha256(await gather(known.body)), sha256(FILE));
    const other = await failureOf(fetchSftp({ ...source, hostKey: `SHA256:${'A'.repeat(43)}` }, options()));
    assert.deepEqual([other.code, other.details['host_key']], ['source_rejected', server.hostKey]);
  });

  test('comes from a server that asks for the password', async () => {
    server.asksForPassword = true;
    assert.equal(sha256(await gather((await fetchSftp(source, options())).body)), sha256(FILE));
  });

  test('that the server does not give says why', async () => {
    const wrong = await failureOf(fetchSftp({ ...source, password: 'hidden-but-wrong' }, options()));
    assert.equal(wrong.message, '127.0.0.1 does not let lading in with this password.');
    const absent = await failureOf(fetchSftp({ ...source, path: '/nothing' }, options()));
    assert.match(absent.message, /does not give the file: No such file/u);
    const refused = await failureOf(fetchSftp(source, options({ guard: guardOf('') })));
    assert.equal(refused.details['reason'], 'outbound_refused');
    assert.deepEqual([wrong.code, absent.code], ['source_rejected', 'source_rejected']);
    for (const failure of [wrong, absent, refused]) assert.doesNotMatch(shownOf(failure), /hidden/u);
    assert.equal((await failureOf(fetchSftp(source, options({ maxBytes: 10 })))).code, 'too_large');
  });

  test('whose connection breaks or falls silent is not taken for whole', async () => {
    server.after = { bytes: 500_000, fault: 'cut' };
    assert.equal((await failureOf(fetchSftp(source, options()))).code, 'source_unreachable');
    server.after = { bytes: 500_000, fault: 'freeze' };
    const frozen = await failureOf(fetchSftp(source, options({ stallMs: 500 })));
    assert.deepEqual([frozen.code, frozen.details['reason']], ['source_unreachable', 'stalled']);
  });

  test('from a server that speaks no SSH is given up', async () => {
    for (const said of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-x\r\n', 'x'.repeat(1_000_000)]) {
      const stranger = net.createServer((socket) => void socket.on('error', () => undefined).write(said));
      stranger.listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      const { port } = stranger.address() as AddressInfo;
      assert.equal(
        (await failureOf(fetchSftp({ ...source, port }, options({ stallMs: 300 })))).code,
        'source_unreachable',
      );
      stranger.close();
    }
  });

  test('from a server that turns to nonsense is given up, and nothing else with it', async () => {
    for (const nonsense of [
      [0, 0, 0, 5, 255, 0, 0, 0, 0],
      [0, 0, 0, 0],
      [255, 255, 255, 255, 103],
      [0, 0, 0, 2, 102, 0],
    ]) {
      server.nonsense = Buffer.from(nonsense);
      const failure = await failureOf(fetchSftp(source, options({ stallMs: 500 })));
      assert.equal(failure.code, 'source_unreachable');
    }
  });

  test('can be left off at any time', async () => {
    const stop = new AbortController();
    const { body } = await fetchSftp(source, options({ signal: stop.signal }));
    const read = async (): Promise<void> => {
      for await (const _ of body) stop.abort(new Error('a person has cancelled'));
    };
    await assert.rejects(read(), /a person has cancelled/u);
  });
});
