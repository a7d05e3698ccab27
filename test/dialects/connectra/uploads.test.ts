import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { someBytes } from '../../support/bytes.ts';
import { eventually } from '../../support/lading.ts';
import { said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
let caller: Caller;

before(async () => {
  stage = await startUniversal();
  caller = await stage.join();
});

after(() => stage.close());

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

async function place(filename = 'contacts.csv'): Promise<{ url: string; key: string }> {
  const { status, body } = await caller.askAt('GET', `/common/upload-url?filename=${encodeURIComponent(filename)}`);
  assert.equal(status, 200, JSON.stringify(body));
  return { url: said(body['upload_url']), key: said(body['s3_key']) };
}

async function put(url: string, body: string | Buffer): Promise<{ status: number; body: Json; etag: string | null }> {
  const answer = await fetch(url, { method: 'PUT', body });
  const text = await answer.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return { status: answer.status, body: parsed as Json, etag: answer.headers.get('etag') };
}

async function stored(key: string): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of stage.files.storage.read(key)) pieces.push(piece);
  } catch {
    return null;
  }
  return Buffer.concat(pieces);
}

test('an upload URL is given as printed', async () => {
  const { status, body } = await caller.askAt('GET', '/common/upload-url?filename=contacts.csv');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ['success', 'upload_url', 's3_key', 'expires_in']);
  assert.equal(body['success'], true);
  assert.match(said(body['s3_key']), new RegExp(`^uploads/${UUID}_contacts\\.csv$`, 'u'));
  assert.equal(body['expires_in'], '24h0m0s');
  assert.ok(said(body['upload_url']).startsWith(`${stage.app.url}/common/files/${said(body['s3_key'])}?`));
});

test('a file is taken under it without a login, whole, and may be sent again', async () => {
  const { url, key } = await place();
  const bytes = someBytes(5_000_003);
  const first = await put(url, bytes);
  assert.equal(first.status, 200);
  assert.equal(first.etag, `"${createHash('sha256').update(bytes).digest('hex')}"`);
  assert.deepEqual(await stored(key), bytes);
  assert.equal((await put(url, 'a,b\n')).status, 200);
  assert.equal(String(await stored(key)), 'a,b\n');
});

test('a URL that was tampered with, is another’s or has run out is a 403', async () => {
  const { url, key } = await place();
  const { url: other } = await place();
  const signature = new URL(url).searchParams.get('signature') ?? '';
  const with_ = (name: string, value: string): string => {
    const changed = new URL(url);
    changed.searchParams.set(name, value);
    return changed.href;
  };
  const tampered = [
    with_('expires', '99999999999'),
    with_('expires', '1'),
    with_('expires', 'x'),
    with_('signature', signature.slice(0, -1)),
    with_('signature', signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0')),
    with_('signature', signature.toUpperCase()),
    with_('signature', ''),
    url.split('?')[0] ?? '',
    other.replace(/uploads\/[^?]+/u, key),
    url.replace('contacts.csv', 'others.csv'),
    url.replace('uploads/', 'uploads/..%2Fuploads%2F'),
  ];
  for (const wrong of tampered) {
    const { status, body } = await put(wrong, 'a\n1\n');
    assert.equal(status, 403, wrong);
    assert.deepEqual(body, {
      success: false,
      error: 'ERR_FORBIDDEN: The signature of this URL is wrong, or its time is over.',
    });
  }
  assert.equal(await stored(key), null);
});

test('a file that is too large is refused, before it comes where it says its size', async () => {
  const { url, key } = await place();
  const tooLarge = { status: 413, text: 'larger than the 100000000 bytes' };
  for (const headers of [{ 'Content-Length': '100000001' }, { 'Transfer-Encoding': 'chunked' }]) {
    const sent = Promise.withResolvers<{ status: number; text: string }>();
    const outgoing = request(url, { method: 'PUT', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => void (text += piece));
      answer.on('end', () => sent.resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', sent.reject);
    outgoing.write('a,b\n');
    if (!('Content-Length' in headers)) for (let at = 0; at < 101; at++) outgoing.write(Buffer.alloc(1_000_000, 'x'));
    const answer = await sent.promise;
    outgoing.destroy();
    assert.equal(answer.status, tooLarge.status);
    assert.ok(answer.text.includes(tooLarge.text), answer.text);
  }
  assert.equal(await stored(key), null);
});

test('of an upload that is broken off nothing stays, and what was there before is kept', async () => {
  const { url, key } = await place();
  assert.equal((await put(url, 'before')).status, 200);
  const outgoing = request(url, { method: 'PUT', headers: { 'Content-Length': '1000000' } });
  outgoing.on('error', () => undefined);
  outgoing.write(Buffer.alloc(300_000, 'x'));
  await new Promise((resolve) => void outgoing.once('socket', () => setTimeout(resolve, 100)));
  outgoing.destroy();
  await eventually('the end of the request', async () =>
    Promise.resolve(stage.app.lines.some((line) => line['method'] === 'PUT' && line['status'] === 499)),
  );
  assert.equal(String(await stored(key)), 'before');
});

test('a name of a file is data: no key is made of what it holds', async () => {
  for (const [name, part] of [
    ['../../etc/passwd', 'passwd'],
    ['C:\\Übersicht Ämter.CSV', 'ubersicht-amter.csv'],
    ['a"b\r\nc?d#e%2f&signature=x.csv', 'a-bc-d-e-2f-signature-x.csv'],
    ['名前', 'file'],
    ['...', '...'],
    [`${'x'.repeat(900)}.csv`, `${'x'.repeat(96)}.csv`],
  ] as const) {
    const { url, key } = await place(name);
    assert.match(key, new RegExp(`^uploads/${UUID}_`, 'u'));
    assert.equal(key.slice('uploads/'.length + 37), part === '...' ? 'file' : part, name);
    assert.equal((await put(url, 'x')).status, 200, name);
    assert.equal(String(await stored(key)), 'x');
  }
});

test('a filename that is missing, a caller who may not import and one without a token are told so', async () => {
  for (const path of ['/common/upload-url', '/common/upload-url?filename=', '/common/upload-url?filename=%20']) {
    const { status, body } = await caller.askAt('GET', path);
    assert.deepEqual(
      [status, body],
      [400, { success: false, error: 'ERR_MISSING_FILENAME: The query parameter filename is missing.' }],
    );
  }
  const agent = await stage.join({ role: 'agent' });
  assert.equal((await agent.askAt('GET', '/common/upload-url?filename=a.csv')).status, 403);
  assert.equal((await stage.app.send('GET', '/common/upload-url?filename=a.csv')).status, 401);
});
