import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { MANAGERS, oneUser } from '../../src/dialects/events.ts';
import type { DialectEvents } from '../../src/dialects/events.ts';
import { universalEvents } from '../../src/dialects/universal/live-events.ts';
import { closeClients, connect, connectPlain } from './ear.ts';
import { startStage } from './stage.ts';
import type { Person, Stage } from './stage.ts';

/** A dialect that speaks as document 004 does: to people, not to channels. */
const directEvents: DialectEvents = {
  name: 'direct',
  ofEvent: (event) => [
    {
      rooms: event.userId === null ? [MANAGERS] : [oneUser(event.userId), MANAGERS],
      event: 'migration:status',
      payload: { job_id: event.jobId, event_id: event.id },
    },
  ],
  ofProgress: () => [],
  topicOf: () => null,
  ownChannels: () => [],
};

let stage: Stage;
let owner: Person;
let agent: Person;
let otherAgent: Person;
let stranger: Person;

before(async () => {
  stage = await startStage({ dialects: [universalEvents, directEvents] });
  owner = await stage.person();
  const { tenantId } = owner.actor;
  agent = await stage.person({ tenantId, role: 'agent' });
  otherAgent = await stage.person({ tenantId, role: 'agent' });
  stranger = await stage.person();
});
afterEach(closeClients);
after(() => stage.close());

/** The status of an HTTP answer to a request for a WebSocket, and its body. */
async function knock(path: string, headers: Record<string, string> = {}): Promise<[number | undefined, string]> {
  const request = get(stage.url + path, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
  request.on('error', reject);
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve([response.statusCode, '']);
  });
  request.on('response', (response) => {
    let body = '';
    response.on('data', (chunk) => (body += String(chunk)));
    response.on('end', () => resolve([response.statusCode, body]));
  });
  return promise;
}

describe('a plain WebSocket', () => {
  test('is let in with a token in the query, a header or the session cookie', async () => {
    assert.deepEqual(await knock(`/ws?token=${owner.token}`), [101, '']);
    assert.deepEqual(await knock(`/ws/?token=${owner.token}`), [101, '']);
    assert.deepEqual(await knock('/ws', { Authorization: `Bearer ${owner.token}` }), [101, '']);
    assert.deepEqual(await knock('/ws', { Cookie: `lading_session=${owner.cookie}` }), [101, '']);
  });

  test('is refused as Unauthorized otherwise', async () => {
    const cookie = `lading_session=${owner.cookie}`;
    assert.deepEqual(await knock('/ws'), [401, 'Unauthorized']);
    assert.deepEqual(await knock('/ws?token=made-up'), [401, 'Unauthorized']);
    assert.deepEqual(await knock('/ws', { Cookie: cookie, Origin: 'https://elsewhere.example' }), [
      401,
      'Unauthorized',
    ]);
  });

  test('is served on no other path', async () => {
    assert.deepEqual(await knock(`/elsewhere?token=${owner.token}`), [404, 'Not found']);
    assert.deepEqual(await knock(`/socket.io?token=${owner.token}`), [400, 'Bad request']);
  });

  test('hears what concerns its user as frames of event and data, each once, without asking', async () => {
    const { ear } = await connectPlain(stage, `?token=${agent.token}`);
    const foreign = await stage.job(owner.actor);
    const job = await stage.job(agent.actor);
    await stage.transition(foreign, 'running', 'paused', 'job.paused');
    await stage.commitRows(job, { created: 500 });
    await ear.payloads('import.progress.updated', 1);
    await stage.transition(job, 'running', 'paused', 'job.paused');
    await ear.payloads('migration:status', 1);
    assert.deepEqual(
      ear.all.map(({ event, channel, payload }) => [event, channel, payload['job_id']]),
      [
        ['import.progress.updated', null, job.id],
        ['import.job.status.changed', null, job.id],
        ['migration:status', null, job.id],
      ],
    );
  });

  test('of an owner hears of everything in the tenant, and nothing of another', async () => {
    const { ear } = await connectPlain(stage, `?token=${owner.token}`);
    const foreign = await stage.job(stranger.actor);
    const job = await stage.job(agent.actor);
    await stage.transition(foreign, 'running', 'paused', 'job.paused');
    await stage.transition(job, 'running', 'paused', 'job.paused');
    await ear.payloads('migration:status', 1);
    assert.deepEqual(
      ear.all.map(({ event, payload }) => [event, payload['job_id']]),
      [
        ['import.job.status.changed', job.id],
        ['migration:status', job.id],
      ],
    );
  });

  test('subscribes channels, with what it missed, by frames of the same form', async () => {
    const job = await stage.job(agent.actor);
    await stage.transition(job, 'running', 'paused', 'job.paused');
    const { ear, say } = await connectPlain(stage, `?token=${agent.token}`);
    const channel = `import.job.${job.id}`;
    say('subscribe', { channel, after: 0 });
    await ear.until((all) => all.some(({ event }) => event === 'subscribe'));
    const [status, answer] = ear.all;
    assert.partialDeepStrictEqual(status, { event: 'import.job.status.changed', channel });
    assert.deepEqual(answer, {
      event: 'subscribe',
      channel: null,
      payload: { ok: true, channel, last_event_id: status?.payload['event_id'] },
    });
    say('subscribe', { channel: 'import.global' });
    await ear.until((all) => all.filter(({ event }) => event === 'subscribe').length === 2);
    assert.deepEqual(ear.named('subscribe').at(-1)?.payload, {
      ok: false,
      error: 'This channel is for owners and admins.',
    });
    say('unsubscribe', { channel });
    await ear.until((all) => all.some(({ event }) => event === 'unsubscribe'));
  });

  test('is told when it says something that cannot be understood, and goes on', async () => {
    const { ear, ws, say } = await connectPlain(stage, `?token=${agent.token}`);
    ws.send('not json');
    ws.send(JSON.stringify({ event: 'shout', data: {} }));
    ws.send(new Uint8Array([1, 2, 3]));
    const payloads = await ear.payloads('error', 3);
    assert.equal(typeof payloads[0]?.['message'], 'string');
    say('subscribe', { channel: `user.${agent.actor.userId}` });
    await ear.payloads('subscribe', 1);
  });

  test('that sends a message that is too large is closed', async () => {
    const { ws } = await connectPlain(stage, `?token=${agent.token}`);
    ws.send('x'.repeat(100_000));
    const [{ code }] = (await once(ws, 'close')) as [CloseEvent];
    assert.equal(code, 1009);
  });

  test('that is cut off in the middle of a frame harms nobody', async () => {
    const { port } = new URL(stage.url);
    const socket = connectTcp(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `GET /ws?token=${agent.token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(socket, 'data');
    socket.end(Buffer.from([0xff, 0x7f, 0x01]));
    await once(socket, 'close');
    assert.deepEqual(await knock(`/ws?token=${agent.token}`), [101, '']);
  });
});

test('what a dialect says to people directly reaches every kind of socket of the user and of owners and admins', async () => {
  const [his, owners, others, strangers, plain] = await Promise.all([
    connect(stage, agent),
    connect(stage, owner, { path: '/ws' }),
    connect(stage, otherAgent),
    connect(stage, stranger),
    connectPlain(stage, `?token=${owner.token}`),
  ]);
  const job = await stage.job(agent.actor);
  await stage.transition(job, 'running', 'paused', 'job.paused');
  for (const { ear } of [his, owners, plain]) {
    const [payload] = await ear.payloads('migration:status', 1);
    assert.equal(payload?.['job_id'], job.id);
    assert.equal(ear.named('migration:status').length, 1);
  }
  // Another round proves that the first would have arrived.
  const foreign = await stage.job(stranger.actor);
  await stage.transition(foreign, 'running', 'paused', 'job.paused');
  const [heard] = await strangers.ear.payloads('migration:status', 1);
  assert.equal(heard?.['job_id'], foreign.id);
  assert.deepEqual(others.ear.all, []);
});
