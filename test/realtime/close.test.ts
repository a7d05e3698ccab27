import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, test } from 'node:test';
import { closeClients, connect, connectPlain, open, verdict } from './ear.ts';
import { cutRelay, startStage } from './stage.ts';

afterEach(closeClients);

test('closing tells every client, keeps nothing open and takes no more than two seconds', async () => {
  const stage = await startStage();
  const ada = await stage.person();
  const job = await stage.job(ada.actor);
  const socketIo = await connect(stage, ada, { reconnection: false });
  const polling = await connect(stage, ada, { transports: ['polling'], reconnection: false });
  const plain = await connectPlain(stage, `?token=${ada.token}`);
  await socketIo.subscribe(`import.job.${job.id}`);
  // One that answers nothing, not even a good-bye.
  const mute = connectTcp(Number(new URL(stage.url).port), '127.0.0.1');
  mute.write(
    `GET /ws?token=${ada.token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(mute, 'data');

  const told = Promise.all([
    new Promise((resolve) => socketIo.socket.once('disconnect', resolve)),
    new Promise((resolve) => polling.socket.once('disconnect', resolve)),
    once(plain.ws, 'close'),
    once(mute, 'close'),
  ]);
  const started = performance.now();
  await stage.realtime.close();
  assert.ok(performance.now() - started < 2_000);
  const [reason, pollingReason, [closed]] = await told;
  assert.match(String(reason), /^transport/u);
  assert.match(String(pollingReason), /^transport/u);
  assert.equal((closed as CloseEvent).code, 1001);
  assert.equal(await cutRelay(stage.databaseUrl), 0);

  assert.notEqual(await verdict(open(stage.url, { auth: { token: ada.token }, reconnection: false })), 'connected');
  const refused = new WebSocket(`${stage.url.replace('http', 'ws')}/ws?token=${ada.token}`);
  await once(refused, 'error');
  await stage.close();
});

test('closing does not wait for a database that is gone', async () => {
  const stage = await startStage();
  const ada = await stage.person();
  const { subscribe } = await connect(stage, ada, { reconnection: false });
  await subscribe('import.global');
  await stage.orm.close(true);
  const started = performance.now();
  await stage.realtime.close();
  assert.ok(performance.now() - started < 2_000);
  await stage.close();
});

test('closing does not wait for a database that no longer answers', async () => {
  const stage = await startStage({ timing: { pollMs: 50 } });
  const held = Promise.withResolvers<never[]>();
  const asked = Promise.withResolvers<void>();
  stage.events.after = () => {
    asked.resolve();
    return held.promise;
  };
  await asked.promise;
  const started = performance.now();
  await stage.realtime.close();
  assert.ok(performance.now() - started < 2_000);
  held.resolve([]);
  await stage.close();
});
