import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { AppError } from '../../../src/domain/errors.ts';
import type { ObjectStorage } from '../../../src/platform/storage/object-storage.ts';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';
import { gather, inPieces, sha256, someBytes } from '../../support/bytes.ts';
import { noPython } from '../../support/python-servers.ts';
import { startS3Server } from '../../support/s3-server.ts';
import type { S3Server } from '../../support/s3-server.ts';

const MIB = 2 ** 20;

async function keysOf(storage: ObjectStorage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.toSorted();
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, String(error));
  return error.code;
}

/** What holds for every storage; `pending` counts what is being stored and not there yet. */
function behavesAsStorage(of: () => { storage: ObjectStorage; pending: () => Promise<number> }): void {
  test('a file comes back as it was stored, and its hash and size are told', async () => {
    const { storage } = of();
    for (const [key, size, piece] of [
      ['a/empty', 0, 1],
      ['a/one', 1, 1],
      ['a/small', 100_000, 777],
      ['a/large', 20 * MIB + 3, 65_536],
    ] as const) {
      const bytes = someBytes(size, size + 1);
      assert.deepEqual(await storage.put(key, inPieces(bytes, piece)), { size, sha256: sha256(bytes) });
      assert.equal(await storage.size(key), size);
      assert.equal(sha256(await gather(storage.read(key))), sha256(bytes));
    }
  });

  test('any range of it can be read', async () => {
    const { storage } = of();
    const bytes = someBytes(3 * MIB);
    await storage.put('ranges', inPieces(bytes, 50_000));
    for (const [start, end] of [
      [0, 1],
      [0, 0],
      [5, 5],
      [1, 3 * MIB],
      [MIB - 1, MIB + 1],
      [3 * MIB - 1, 9 * MIB],
      [3 * MIB, 4 * MIB],
      [7 * MIB, undefined],
    ] as const) {
      const read = storage.read('ranges', end === undefined ? { start } : { start, end });
      assert.equal(sha256(await gather(read)), sha256(bytes.subarray(start, end)), `${start} to ${end}`);
      const pieces: Buffer[] = [];
      for await (const piece of storage.read('ranges', { start, ...(end !== undefined && { end }), reuse: true })) {
        // Whoever asks for the next has to have taken what he needs.
        pieces.push(Buffer.from(piece));
      }
      assert.equal(sha256(Buffer.concat(pieces)), sha256(bytes.subarray(start, end)), `${start} to ${end}, reused`);
    }
    const first = storage.read('ranges', { start: 0, reuse: true })[Symbol.asyncIterator]();
    assert.equal((await first.next()).done, false);
    await first.return?.();
    assert.equal(await codeOf(storage.read('none', { reuse: true })[Symbol.asyncIterator]().next()), 'not_found');
  });

  test('memory of a body that may be given back is given back, and what shares its memory is left alone', async () => {
    const { storage } = of();
    const bytes = someBytes(6 * MIB);
    const alone = Array.from({ length: 96 }, (_, n) => new Uint8Array(bytes.subarray(n * 65_536, (n + 1) * 65_536)));
    const tail = Buffer.from('tail of something');
    async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
      yield* alone;
      yield tail;
    }
    const whole = sha256(Buffer.concat([bytes, tail]));
    assert.equal((await storage.put('released', body(), { release: true })).sha256, whole);
    assert.equal(sha256(await gather(storage.read('released'))), whole);
    assert.equal(tail.toString(), 'tail of something');
  });

  test('a body that breaks leaves nothing, and what was there before stays', async () => {
    const { storage, pending } = of();
    await storage.put('kept', inPieces(someBytes(10), 10));
    for (const size of [10, 30 * MIB]) {
      const breaking = async function* (): AsyncGenerator<Buffer> {
        yield* inPieces(someBytes(size), MIB);
        throw new Error('the connection broke');
      };
      await assert.rejects(storage.put('kept', breaking()), /the connection broke/u);
      await assert.rejects(storage.put('new/one', breaking()), /the connection broke/u);
    }
    assert.equal(await storage.size('kept'), 10);
    assert.deepEqual(await keysOf(storage, 'new/'), []);
    assert.equal(await pending(), 0);
  });

  test('the limit is exact to the byte', async () => {
    const { storage, pending } = of();
    for (const size of [1000, 9 * MIB]) {
      const put = (bytes: number): Promise<unknown> =>
        storage.put('limited', inPieces(someBytes(bytes), 999), { maxBytes: size });
      await put(size);
      assert.equal(await codeOf(put(size + 1)), 'too_large');
    }
    assert.equal(await pending(), 0);
  });

  test('storing ends at once when it is stopped, even while its body is silent', async () => {
    const { storage, pending } = of();
    const stop = new AbortController();
    const body = async function* (): AsyncGenerator<Buffer> {
      yield someBytes(17 * MIB);
      stop.abort(new Error('stopped by a person'));
      await new Promise(() => undefined);
    };
    await assert.rejects(storage.put('stopped', body(), { signal: stop.signal }), /stopped by a person/u);
    assert.equal(await codeOf(storage.size('stopped')), 'not_found');
    assert.equal(await pending(), 0);
  });

  test('reading ends when it is stopped', async () => {
    const { storage } = of();
    await storage.put('long', inPieces(someBytes(8 * MIB), MIB));
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _ of storage.read('long', { signal: stop.signal })) stop.abort(new Error('enough'));
    };
    await assert.rejects(read(), /enough/u);
  });

  test('what is not there is not found, and may be removed', async () => {
    const { storage } = of();
    assert.equal(await codeOf(storage.size('nothing/here')), 'not_found');
    assert.equal(await codeOf(gather(storage.read('nothing/here'))), 'not_found');
    await storage.remove('nothing/here');
    await storage.put('gone', inPieces(someBytes(5), 5));
    await storage.remove('gone');
    assert.equal(await codeOf(storage.size('gone')), 'not_found');
  });

  test('files are listed below a prefix', async () => {
    const { storage } = of();
    for (const key of ['list/a/1', 'list/a/2.csv', 'list/b', 'list-c']) {
      await storage.put(key, inPieces(someBytes(key.length), 100));
    }
    assert.deepEqual(await keysOf(storage, 'list/'), ['list/a/1', 'list/a/2.csv', 'list/b']);
    assert.deepEqual(await keysOf(storage, 'list/a/'), ['list/a/1', 'list/a/2.csv']);
    assert.deepEqual(await keysOf(storage, 'none/'), []);
    for await (const file of storage.list('list/a/')) assert.equal(file.size, file.key.length);
  });

  test('a name that a user might have written is no key', async () => {
    const { storage } = of();
    for (const key of [
      '',
      '/etc/passwd',
      '../up',
      'a/../b',
      'a//b',
      '.incoming/x',
      'a/.b',
      'A',
      'a b',
      'a\\b',
      'ü',
      'a/',
    ]) {
      await assert.rejects(storage.put(key, inPieces(someBytes(1), 1)), /not a storage key/u, key);
      await assert.rejects(storage.size(key), /not a storage key/u, key);
    }
  });

  test('two that store under one key at once both do, and one of them stays', async () => {
    const { storage } = of();
    const bodies = [someBytes(3 * MIB, 1), someBytes(2 * MIB, 2)];
    await Promise.all(bodies.map((bytes) => storage.put('both', inPieces(bytes, 9999))));
    const stays = sha256(await gather(storage.read('both')));
    assert.ok(bodies.some((bytes) => sha256(bytes) === stays));
  });
}

describe('storage in a folder', () => {
  let parent = '';
  let root = '';
  let storage: ObjectStorage;
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lading-storage-'));
    root = join(parent, 'made/files');
    storage = openStorage({ kind: 'folder', path: root });
  });
  after(() => rm(parent, { recursive: true, force: true }));

  const incoming = (): string => join(root, '.incoming');
  behavesAsStorage(() => ({ storage, pending: async () => (await readdir(incoming())).length }));

  test('nobody else of the machine can read in it', async () => {
    await storage.put('deep/er/file', inPieces(someBytes(1), 1));
    const modes = await Promise.all(
      [root, incoming(), join(root, 'deep/er'), join(root, 'deep/er/file')].map(
        async (path) => (await stat(path)).mode,
      ),
    );
    assert.deepEqual(
      modes.map((mode) => (mode & 0o777).toString(8)),
      ['700', '700', '700', '600'],
    );
  });

  test('what is being stored is neither listed nor swept, however often', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = async function* (): AsyncGenerator<Buffer> {
      yield someBytes(2 * MIB);
      assert.equal(await storage.sweep(), 0);
      assert.ok(!(await keysOf(storage)).some((key) => key.includes('incoming') || key === 'slow'));
      await promise;
    };
    const put = storage.put('slow', body());
    resolve();
    assert.equal((await put).size, 2 * MIB);
  });

  test('a file that nobody has written to for minutes is swept, whoever has left it', async () => {
    const path = join(incoming(), `0123456789abcdef.1.00000000-0000-4000-8000-000000000000`);
    await writeFile(path, 'left');
    assert.equal(await storage.sweep(), 0);
    const then = new Date(Date.now() - 600_000);
    await utimes(path, then, then);
    assert.equal(await storage.sweep(), 1);
    assert.deepEqual(await readdir(incoming()), []);
  });
});

describe('storage in a bucket', { skip: noPython }, () => {
  let server: S3Server;
  let storage: ObjectStorage;
  before(async () => {
    server = await startS3Server();
    storage = openStorage(server.setting('some/prefix'));
  });
  after(() => server.stop());

  const pending = async (): Promise<number> => {
    const uploads = await server.client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
    return uploads.Uploads?.length ?? 0;
  };
  behavesAsStorage(() => ({ storage, pending }));

  test('a bucket that is not there, or not reached, is unavailable', async () => {
    const setting = server.setting('x');
    assert.ok(setting.kind === 's3');
    const absent = openStorage({ ...setting, bucket: 'no-such-bucket' });
    assert.equal(await codeOf(absent.put('a', inPieces(someBytes(1), 1))), 'unavailable');
    const away = openStorage({ ...setting, endpoint: 'http://127.0.0.1:1' });
    assert.equal(await codeOf(away.size('a')), 'unavailable');
  });
});
