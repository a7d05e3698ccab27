import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import { closeClients, connect, connectPlain, connected, open, verdict } from './ear.ts';
import { startStage } from './stage.ts';
import type { Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await startStage({
    timing: { recheckMs: 50 },
    limits: { socketsPerUser: 3, messagesPerTenSeconds: 20 },
  });
});
afterEach(closeClients);
after(() => stage.close());

test('a socket whose session was revoked is disconnected and stays away', async () => {
  const ada = await stage.person();
  const { socket } = await connect(stage, ada);
  const plain = await connectPlain(stage, `?token=${ada.token}`);
  const ends = Promise.all([once(plain.ws, 'close'), untilDisconnected(socket)]);
  await stage.orm.em
    .fork()
    .execute(`update "sessions" set "revoked_at" = now() where "user_id" = ?`, [ada.actor.userId]);
  const [[closed], reason] = await ends;
  assert.equal(reason, 'io server disconnect');
  const { code, reason: words } = closed as CloseEvent;
  assert.deepEqual([code, words], [1008, 'Unauthorized']);
  assert.equal(await verdict(open(stage.url, { auth: { token: ada.token } })), 'Unauthorized');
});

test('a socket of an API token that was deleted is disconnected', async () => {
  const ada = await stage.person();
  const made = await stage.access.createToken(ada.actor, { name: 'script', permissions: null, expiresInDays: null });
  const { socket } = await connect(stage, { ...ada, token: made.token });
  const ended = untilDisconnected(socket);
  await stage.access.deleteToken(ada.actor, { id: made.id });
  assert.equal(await ended, 'io server disconnect');
});

test('a socket whose user may now see less is cut off, and comes back as what he is now', async () => {
  const owner = await stage.person();
  const admin = await stage.person({ tenantId: owner.actor.tenantId, role: 'admin' });
  const { socket, subscribe } = await connect(stage, admin);
  assert.partialDeepStrictEqual(await subscribe('import.global'), { ok: true });
  const back = untilDisconnected(socket).then(() => connected(socket));
  await stage.orm.em.fork().execute(`update "users" set "role" = 'agent' where "id" = ?`, [admin.actor.userId]);
  await back;
  assert.partialDeepStrictEqual(await subscribe('import.global'), { ok: false });
});

test('a socket whose access holds is left alone', async () => {
  const ada = await stage.person();
  const { socket, subscribe } = await connect(stage, ada);
  const authenticate = stage.access.authenticate.bind(stage.access);
  const { promise: checkedOften, resolve } = Promise.withResolvers<void>();
  let checks = 0;
  stage.access.authenticate = (credentials) => {
    checks += 1;
    if (checks === 5) resolve();
    return authenticate(credentials);
  };
  await checkedOften;
  stage.access.authenticate = authenticate;
  assert.partialDeepStrictEqual(await subscribe('import.global'), { ok: true });
  assert.equal(socket.connected, true);
});

test('a client that comes while nobody can say who it is keeps trying until somebody can', async () => {
  const ada = await stage.person();
  const authenticate = stage.access.authenticate.bind(stage.access);
  let failures = 0;
  stage.access.authenticate = (credentials) => {
    failures += 1;
    if (failures <= 3) return Promise.reject(new Error('the database system is starting up'));
    stage.access.authenticate = authenticate;
    return authenticate(credentials);
  };
  const { socket } = open(stage.url, { auth: { token: ada.token } });
  await new Promise((resolve) => socket.once('connect', () => resolve(null)));
  assert.equal(failures, 4);
});

test('a user has only so many sockets at once, and may open another when one is closed', async () => {
  const ada = await stage.person();
  const grace = await stage.person();
  const first = await connect(stage, ada);
  await connect(stage, ada);
  await connectPlain(stage, `?token=${ada.token}`);
  const again = (): Promise<string> => verdict(open(stage.url, { auth: { token: ada.token } }));
  assert.equal(await again(), 'Too many connections');
  await connect(stage, grace);
  const gone = untilDisconnected(first.socket);
  first.socket.disconnect();
  await gone;
  // The server learns of it a moment later.
  let answer = await again();
  while (answer === 'Too many connections') answer = await again();
  assert.equal(answer, 'connected');
});

test('a client that sends more messages than anybody needs is disconnected', async () => {
  const ada = await stage.person();
  const { socket } = await connect(stage, ada);
  const plain = await connectPlain(stage, `?token=${ada.token}`);
  const ends = Promise.all([untilDisconnected(socket), once(plain.ws, 'close')]);
  for (let index = 0; index < 30; index += 1) {
    socket.emit('subscribe', { channel: 'import.global' });
    plain.say('subscribe', { channel: 'import.global' });
  }
  const [reason, [closed]] = await ends;
  assert.equal(reason, 'io server disconnect');
  assert.equal((closed as CloseEvent).code, 1008);
});

test('a message that is too large ends the connection', async () => {
  const ada = await stage.person();
  const { socket } = await connect(stage, ada);
  const ended = untilDisconnected(socket);
  socket.emit('subscribe', { channel: 'x'.repeat(100_000) });
  assert.match(await ended, /^transport/u);
});

async function untilDisconnected(socket: Awaited<ReturnType<typeof connect>>['socket']): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once('disconnect', resolve);
  return promise;
}
