import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import pg from 'pg';
import { asAppError } from '../../src/dialects/failures.ts';
import { createEmptyDatabase } from '../support/database.ts';

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail('it went well'),
    (error: unknown) => error,
  );

test('a store that is frozen, hangs up or has no session left is not available just now', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  const hangingUp = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await Promise.all([once(silent, 'listening'), once(hangingUp, 'listening')]);
  const poolAt = (server: typeof silent, connectionTimeoutMillis: number): pg.Pool =>
    new pg.Pool({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, max: 1, connectionTimeoutMillis });
  try {
    const frozen = await thrownBy(poolAt(silent, 50).connect());
    const hungUp = await thrownBy(poolAt(hangingUp, 5_000).connect());
    const waiting = poolAt(silent, 50);
    const both = await Promise.all([thrownBy(waiting.connect()), thrownBy(waiting.connect())]);
    for (const error of [frozen, hungUp, ...both, new Error('wrapped', { cause: frozen })]) {
      assert.equal(asAppError(error).code, 'unavailable', String(error));
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
    hangingUp.close();
  }
});

test('a session that ends while it is used is the store being away, too', async () => {
  const database = await createEmptyDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => undefined);
  const client = await pool.connect();
  client.on('error', () => undefined);
  const busy = thrownBy(client.query('select pg_sleep(60)'));
  const stream = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  stream.destroy();
  for (const error of [await busy, await thrownBy(client.query('select 1'))]) {
    assert.equal(asAppError(error).code, 'unavailable', String(error));
  }
  client.release(true);
  await pool.end();
  await database.drop();
});
