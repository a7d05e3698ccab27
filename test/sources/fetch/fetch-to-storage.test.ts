import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import type { ObjectStorage } from '../../../src/platform/storage/object-storage.ts';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';
import { discardFetch, fetchToStorage } from '../../../src/sources/fetch/fetch-to-storage.ts';
import type { FetchOptions } from '../../../src/sources/fetch/fetch-to-storage.ts';
import { fetchSftp } from '../../../src/sources/fetch/sftp.ts';
import { fetchUrl } from '../../../src/sources/fetch/http.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { startSftpServer } from '../../support/sftp-server.ts';
import { breakingServer } from './breaking-server.ts';
import type { BreakingServer } from './breaking-server.ts';
import { guardOf } from './fetching.ts';

/** What a part has here; sixty-four times as much otherwise. */
const PART = 2 ** 18;
const FILE = someBytes(10 * PART + 7);
const KEY = 'fetched/one';

let root = '';
let storage: ObjectStorage;
let server: BreakingServer;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lading-fetched-'));
  storage = openStorage({ kind: 'folder', path: root });
  server = await breakingServer(FILE);
});
beforeEach(() => server.reset());
after(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const optionsOf = (changes: Partial<FetchOptions> = {}): FetchOptions => ({
  storage,
  key: KEY,
  guard: guardOf('127.0.0.0/8'),
  signal: new AbortController().signal,
  maxBytes: 100 * PART,
  stallMs: 2_000,
  restMs: 1,
  partBytes: PART,
  ...changes,
});

const fetched = (changes: Partial<FetchOptions> = {}) =>
  fetchToStorage((opening) => fetchUrl({ url: `${server.url}/a.csv` }, opening), optionsOf(changes));

const filesThere = async (): Promise<string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
};

describe('fetching to storage', () => {
  test('stores the file and tells what it is', async () => {
    const told: number[] = [];
    const { etag, ...file } = await fetched({ onProgress: ({ bytes }) => void told.push(bytes) });
    assert.deepEqual(file, { size: FILE.length, sha256: sha256(FILE), name: 'a.csv', charset: null, hostKey: null });
    assert.ok(etag !== null);
    assert.equal(told.at(-1), FILE.length);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
    assert.deepEqual(await filesThere(), [KEY]);
    await storage.remove(KEY);
  });

  test('goes on where it was, however often the connection breaks', async () => {
    server.breakEach = 2 * PART;
    assert.equal((await fetched()).sha256, sha256(FILE));
    assert.ok(server.requests >= 5);
    assert.ok(server.sent < FILE.length + 2 * PART, 'what was here is not sent again');
    assert.deepEqual(await filesThere(), [KEY]);
    await storage.remove(KEY);
  });

  test('goes on where an attempt that was cut short had come', async () => {
    const stop = new AbortController();
    const first = fetched({ signal: stop.signal, onProgress: () => stop.abort(new Error('the process dies here')) });
    await assert.rejects(first, /the process dies here/u);
    const before = server.sent;
    assert.equal((await fetched()).sha256, sha256(FILE));
    assert.ok(server.sent - before <= FILE.length - PART, 'what was here is not sent again');
    assert.deepEqual(await filesThere(), [KEY]);
    await storage.remove(KEY);
  });

  test('begins anew when the file is another one in between, and never mixes the two', async () => {
    const other = someBytes(5 * PART, 5);
    server.breakEach = 4.5 * PART;
    server.onBreak = () => server.serve(other);
    assert.equal((await fetched()).sha256, sha256(other));
    assert.deepEqual(await filesThere(), [KEY]);
    await storage.remove(KEY);
  });

  test('begins anew when nothing tells two versions apart', async () => {
    server.etag = null;
    server.breakEach = 8 * PART;
    server.onBreak = () => {
      server.breakEach = null;
    };
    assert.equal((await fetched()).sha256, sha256(FILE));
    assert.equal(server.requests, 2);
    await storage.remove(KEY);
  });

  test('does not mind another attempt at the same time, which was thought dead', async () => {
    server.breakEach = 2.3 * PART;
    const both = await Promise.allSettled([fetched(), fetched()]);
    assert.ok(both.some(({ status }) => status === 'fulfilled'));
    assert.equal((await fetched()).sha256, sha256(FILE));
    assert.equal(sha256(await gather(storage.read(KEY))), sha256(FILE));
    await discardFetch(storage, KEY);
    assert.deepEqual(await filesThere(), [KEY]);
    await storage.remove(KEY);
  });

  test('gives up when trying again brings nothing, and at once when it cannot help', async () => {
    server.breakEach = 0;
    await assert.rejects(fetched(), { code: 'source_unreachable' });
    assert.equal(server.requests, 5);
    server.reset();
    server.status = 403;
    await assert.rejects(fetched(), { code: 'source_rejected' });
    assert.equal(server.requests, 1);
    server.reset();
    await assert.rejects(fetched({ guard: guardOf('') }), (error) => {
      return error instanceof AppError && error.details['reason'] === 'outbound_refused';
    });
    assert.equal(server.requests, 0);
  });

  test('takes no more than is allowed, whatever the host says of the size', async () => {
    server.tellsLength = false;
    await fetched({ maxBytes: FILE.length });
    await storage.remove(KEY);
    await assert.rejects(fetched({ maxBytes: FILE.length - 1 }), { code: 'too_large' });
    await discardFetch(storage, KEY);
    assert.deepEqual(await filesThere(), []);
  });

  test('works the same from other kinds of hosts', async () => {
    const sftp = await startSftpServer({ user: 'lading', password: 'word' });
    const bytes = FILE.subarray(0, 600_000);
    sftp.files.set('/a', { bytes, modified: 1_700_000_000 });
    sftp.after = { bytes: 300_000, fault: 'cut' };
    const source = { host: '127.0.0.1', port: sftp.port, user: 'lading', password: 'word', path: '/a' };
    const file = await fetchToStorage((opening) => fetchSftp(source, opening), optionsOf());
    assert.deepEqual([file.sha256, file.hostKey], [sha256(bytes), sftp.hostKey]);
    await sftp.close();
    await storage.remove(KEY);
  });
});
