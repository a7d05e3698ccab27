import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, IncomingMessage } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import { receiveUpload } from '../../../src/http/uploads/receive-upload.ts';
import type { Upload, UploadOptions } from '../../../src/http/uploads/receive-upload.ts';
import type { ObjectStorage } from '../../../src/platform/storage/object-storage.ts';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';

const LIMIT = 3_000_000;
const KEY = 'uploads/one';

let root = '';
let storage: ObjectStorage;
let port = 0;
let rules: Partial<UploadOptions> = {};
/** What became of the last request. */
let received: Promise<Upload>;

const server = createServer((request, response) => {
  received = receive(request);
  received.then(
    ({ file }) => response.end(JSON.stringify(file)),
    (error: unknown) => {
      response.statusCode = error instanceof AppError && error.code === 'too_large' ? 413 : 400;
      response.end(error instanceof Error ? error.message : '');
    },
  );
});

function receive(request: IncomingMessage): Promise<Upload> {
  const gone = new AbortController();
  request.once('close', () => {
    if (!request.complete) gone.abort(new Error('the caller has gone'));
  });
  const options = { storage, key: KEY, fileFields: ['file', 'csv'], maxBytes: LIMIT, signal: gone.signal, ...rules };
  return receiveUpload(request, options);
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lading-upload-'));
  storage = openStorage({ kind: 'folder', path: root });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  rules = {};
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true, force: true });
});

async function send(form: FormData): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form });
  return { status: response.status, text: await response.text() };
}

/** A form whose parts are written by hand, sent as it is. */
async function sendRaw(body: string, boundary = 'XX'): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const formOf = (bytes: Buffer, name = 'a.csv', type = ''): FormData => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
  return form;
};

const part = (disposition: string, body = 'x', more = ''): string =>
  `--XX\r\nContent-Disposition: ${disposition}\r\n${more}\r\n${body}\r\n`;

async function nothingStays(): Promise<void> {
  await received.catch(() => undefined);
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    files.filter((entry) => entry.isFile()).map(({ name }) => name),
    [],
  );
}

describe('an upload', () => {
  test('is stored as it was sent, with what the form says of it and the fields around it', async () => {
    const bytes = someBytes(2_500_000);
    const form = new FormData();
    form.append('before', 'Größe');
    form.append('tag', '1');
    form.append('csv', new Blob([new Uint8Array(bytes)], { type: 'text/csv; charset=windows-1252' }), 'Käufer "A".csv');
    form.append('tag', '2');
    form.append('mapping', '{"a":"b"}');
    assert.equal((await send(form)).status, 200);
    const { file, fields } = await received;
    assert.deepEqual(file, {
      key: KEY,
      field: 'csv',
      name: 'Käufer "A".csv',
      contentType: 'text/csv',
      charset: 'windows-1252',
      size: bytes.length,
      sha256: sha256(bytes),
    });
    assert.deepEqual(Object.fromEntries(fields), { before: ['Größe'], tag: ['1', '2'], mapping: ['{"a":"b"}'] });
    assert.equal(sha256(await gather(storage.read(KEY))), sha256(bytes));
    await storage.remove(KEY);
  });

  test('may have exactly the bytes that are allowed, and not one more', async () => {
    assert.equal((await send(formOf(someBytes(LIMIT)))).status, 200);
    assert.equal(await storage.size(KEY), LIMIT);
    await storage.remove(KEY);
    const refused = await send(formOf(someBytes(LIMIT + 1)));
    assert.deepEqual(refused, { status: 413, text: `The file is larger than the ${LIMIT} bytes that are allowed.` });
    await nothingStays();
  });

  test('that is far too large is refused with an answer that arrives', async () => {
    for (const size of [LIMIT + 5_000_000, LIMIT + 30_000_000]) {
      assert.equal((await send(formOf(Buffer.alloc(size)))).status, 413);
    }
    await nothingStays();
  });

  test('keeps every byte that looks like the end of a part and is none', async () => {
    const bodies = ['', '\r\n', '--X', '\r\n--X', '\r\n--X\r\n--XY', '-', '\r', '\r\n\r\n', '\r\n--\r\nXX'];
    for (const body of bodies) {
      const text = `${part('form-data; name="file"; filename="a"', body)}--XX--\r\n`;
      assert.deepEqual((await sendRaw(text)).status, 200);
      assert.equal((await gather(storage.read(KEY))).toString(), body);
      await storage.remove(KEY);
    }
  });

  test('has a name that is data: no folders, no unseen characters, not endless', async () => {
    const names: Record<string, string | null> = {
      '../../etc/passwd': 'passwd',
      'C:\\temp\\a.csv': 'a.csv',
      '..': null,
      'a\u202ecsv.exe': 'acsv.exe',
      '<script>.csv': '<script>.csv',
      [`${'n'.repeat(400)}.csv`]: `${'n'.repeat(251)}.csv`,
    };
    for (const [given, name] of Object.entries(names)) {
      await send(formOf(someBytes(5), given));
      assert.equal((await received).file?.name, name);
    }
    await sendRaw(`${part(`form-data; name=file; filename="x"; filename*=UTF-8''na%C3%AFve%20%22.csv`)}--XX--`);
    assert.equal((await received).file?.name, 'naïve ".csv');
    await storage.remove(KEY);
  });

  test(
    'is taken when more of it comes at once than is written at once, its end included',
    { timeout: 10_000 },
    async () => {
      const bytes = someBytes(300_000);
      const request = new IncomingMessage(new net.Socket());
      request.headers['content-type'] = 'multipart/form-data; boundary=XX';
      request.push(
        Buffer.concat([
          Buffer.from('--XX\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'),
          bytes,
          Buffer.from('\r\n--XX--\r\n'),
        ]),
      );
      request.complete = true;
      request.push(null);
      const { file } = await receive(request);
      assert.deepEqual([file?.size, file?.sha256], [bytes.length, sha256(bytes)]);
    },
  );

  test('may be absent; an input without a chosen file is no file, and files of other names are passed over', async () => {
    const form = new FormData();
    form.append('a', 'b');
    form.append('other', new Blob(['ignored']), 'x.bin');
    await send(form);
    assert.deepEqual(await received, { file: null, fields: new Map([['a', ['b']]]) });
    await sendRaw(`${part('form-data; name="file"; filename=""', '')}--XX--\r\n`);
    assert.equal((await received).file, null);
    await nothingStays();
  });

  test('may be the only one', async () => {
    const form = formOf(someBytes(10));
    form.append('csv', new Blob(['more']), 'x.csv');
    assert.equal((await send(form)).status, 400);
    await assert.rejects(received, { code: 'validation' });
    await nothingStays();
  });

  test('of a broken form leaves nothing', async () => {
    const file = part('form-data; name="file"; filename="a.csv"', 'x'.repeat(100_000));
    const broken: Record<string, string> = {
      'without an end': file,
      'cut in a head': `${file}--XX\r\nContent-Disp`,
      'without a name': `${file}${part('form-data; filename="b"')}--XX--`,
      'of no form-data': `${file}${part('attachment; name="a"')}--XX--`,
      'with an endless name': `${file}${part(`form-data; name="${'n'.repeat(5000)}"`)}--XX--`,
      'with an endless head': `${file}${part('form-data; name="a"', 'x', `X: ${'h'.repeat(200_000)}\r\n`).replace('Content-Disposition', 'X-Late')}--XX--`,
      'with too many parts': file + part('form-data; name="a"').repeat(1000) + '--XX--',
      'with a field that is too large': `${file}${part('form-data; name="a"', 'f'.repeat(1_100_000))}--XX--`,
      'with a part that has no head': `${file}${part('form-data; name="a"', '--XX\r\n\r\n')}--XX--`,
      'of nothing at all': '',
      'with another boundary': file.replaceAll('--XX', '--YY'),
    };
    for (const [what, body] of Object.entries(broken)) {
      const { status, text } = await sendRaw(body);
      assert.ok(status >= 400 && text !== '', what);
      await assert.rejects(received, AppError, what);
      await nothingStays();
    }
  });

  test('is asked for as a form', async () => {
    for (const type of ['application/json', 'multipart/form-data', 'multipart/mixed; boundary=XX', 'text/csv']) {
      const init = { method: 'POST', headers: { 'Content-Type': type }, body: '{}' };
      const response = await fetch(`http://127.0.0.1:${port}/`, init);
      assert.equal(response.status, 400, type);
      assert.match(await response.text(), /must be a form with a file/u);
    }
  });

  test('that its caller breaks off leaves nothing', async () => {
    for (const sent of [10, 100_000, 1_000_000]) {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      const asked = once(server, 'request');
      const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: 2000000\r\n\r\n`;
      socket.write(head + part('form-data; name="file"; filename="a.csv"', 'x'.repeat(sent)));
      await asked;
      await new Promise((resolve) => socket.write('y', resolve));
      socket.resetAndDestroy();
      await assert.rejects(received);
      await nothingStays();
    }
  });

  test('that stands still is given up', async () => {
    rules = { stallMs: 200 };
    const socket = net.connect(port, '127.0.0.1');
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: 2000000\r\n\r\n`;
    socket.write(head + part('form-data; name="file"; filename="a.csv"', 'x'.repeat(1000)));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 400 [\s\S]*stood still/u);
    socket.destroy();
    await nothingStays();
  });

  test('goes on over one connection after another has been refused on it', async () => {
    const agent = { keepalive: true };
    for (const size of [LIMIT + 1, 10, LIMIT + 100_000, 20]) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: formOf(someBytes(size)),
        ...agent,
      });
      await response.text();
      assert.equal(response.status, size > LIMIT ? 413 : 200);
    }
    await storage.remove(KEY);
  });
});
