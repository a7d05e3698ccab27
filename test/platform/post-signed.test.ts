import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createOutboundGuard } from '../../src/platform/outbound-guard.ts';
import { parseOutboundRules } from '../../src/platform/outbound-rules.ts';
import { postSigned } from '../../src/platform/post-signed.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';

const guard = createOutboundGuard(parseOutboundRules('127.0.0.0/8').rules);
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const never = new AbortController().signal;
const message = (url: string) => ({ url, id: 'msg_1', at: new Date(), secret, body: '{"type":"import.completed"}' });

let receiver: Receiver;
before(async () => {
  receiver = await startReceiver((response) => response.writeHead(200).end('thanks'));
});
after(() => receiver.close());

test('a message arrives signed so that a Standard Webhooks receiver takes it, and nobody else’s', async () => {
  const result = await postSigned(guard, message(`${receiver.url}/hook?a=b`), never);
  assert.deepEqual(result, { status: 200, retryAfter: null, error: null });
  const [got] = await receiver.arrived(1);
  assert.ok(got);
  assert.equal(got.path, '/hook?a=b');
  assert.equal(got.headers['content-type'], 'application/json');
  const headers = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(got.headers[name])]),
  );
  assert.deepEqual(new Webhook(secret).verify(got.body, headers), { type: 'import.completed' });
  assert.throws(() => new Webhook(secret).verify(`${got.body} `, headers), /signature/u);
});

test('what the server answers is told, and a redirect is not followed', async () => {
  const answers = [
    { status: 503, headers: { 'Retry-After': '120' }, told: 120 },
    { status: 429, headers: { 'Retry-After': 'soon' }, told: null },
    { status: 302, headers: { Location: receiver.url }, told: null },
  ];
  for (const { status, headers, told } of answers) {
    const other = await startReceiver((response) => response.writeHead(status, headers).end());
    const before = receiver.received.length;
    assert.deepEqual(await postSigned(guard, message(other.url), never), { status, retryAfter: told, error: null });
    assert.equal(receiver.received.length, before);
    await other.close();
  }
});

test('why nothing was answered is said in words', async () => {
  const silent = await startReceiver((response) => response.destroy());
  const { status, error } = await postSigned(guard, message(silent.url), never);
  assert.deepEqual([status, error], [null, 'server closed the connection unexpectedly']);
  await silent.close();
  const closed = await postSigned(guard, message(silent.url), never);
  assert.deepEqual(closed.error, 'could not connect to server: Connection refused');
});

test('an address that the guard does not let through is never called', async () => {
  const strict = createOutboundGuard([]);
  const before = receiver.received.length;
  const { status, error } = await postSigned(strict, message(receiver.url), never);
  assert.equal(status, null);
  assert.match(error ?? '', /127\.0\.0\.1 is not allowed as an outbound address/u);
  assert.equal(receiver.received.length, before);
});

test('it stops when it is told to', async () => {
  const stopping = new AbortController();
  const slow = await startReceiver(() => stopping.abort(new Error('stop')));
  await assert.rejects(postSigned(guard, message(slow.url), stopping.signal), /stop/u);
  await slow.close();
});
