import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { streamEvents } from '../../../src/engine/events/stream-events.ts';
import type { StreamTiming } from '../../../src/engine/events/stream-events.ts';
import { startStage } from '../../realtime/stage.ts';
import type { Person, Stage } from '../../realtime/stage.ts';

/** Checked often, and silent: what ends a stream is not that there is something to tell. */
const QUICK: StreamTiming = { heartbeatMs: 60_000, recheckMs: 20 };

let stage: Stage;
let ada: Person;
let sessionId: string;

before(async () => {
  stage = await startStage();
});
beforeEach(async () => {
  ada = await stage.person();
  const identity = await stage.access.authenticate({ bearer: ada.token, cookie: null });
  sessionId = identity?.sessionId ?? assert.fail();
});
after(() => stage.close());

/** Opens a stream and reads it to its end, calling `at` at the first item. */
async function readToEnd(
  as: { sessionId?: string; tokenId?: string; signal?: AbortSignal },
  timing: StreamTiming,
  at: () => Promise<unknown> | void,
): Promise<unknown[]> {
  const { orm } = stage;
  const { sessionId: session = null, tokenId = null, signal = new AbortController().signal } = as;
  const input = { after: null, jobId: null, sessionId: session, tokenId, signal };
  const items: unknown[] = [];
  for await (const item of await streamEvents({ orm, feed: stage.events.feed }, ada.actor, input, timing)) {
    if (items.length === 0) await at();
    items.push(item);
  }
  return items;
}

test('a stream shows that it lives while nothing happens, and ends when its reader leaves', async () => {
  const left = new AbortController();
  const timing = { heartbeatMs: 5, recheckMs: 60_000 };
  const heartbeats = await readToEnd({ sessionId, signal: left.signal }, timing, () => {
    setTimeout(() => left.abort(), 100);
  });
  assert.ok(heartbeats.length > 3);
  const { position } = stage.events.feed;
  for (const heartbeat of heartbeats) assert.deepEqual(heartbeat, { caughtUpTo: position });
});

test('a stream ends when the session that opened it is revoked', async () => {
  const revoke = `update "sessions" set "revoked_at" = now() where "id" = ?`;
  await readToEnd({ sessionId }, QUICK, () => stage.orm.em.fork().execute(revoke, [sessionId]));
});

test('a stream ends when its reader’s role has changed', async () => {
  const demote = `update "users" set "role" = 'agent' where "id" = ?`;
  await readToEnd({ sessionId }, QUICK, () => stage.orm.em.fork().execute(demote, [ada.actor.userId]));
});

test('a stream ends when the API token that opened it is deleted, may do less or is past its time', async () => {
  const made = { name: 'script', permissions: null, expiresInDays: null };
  const { orm } = stage;
  for (const end of [
    (id: string) => stage.access.deleteToken(ada.actor, { id }),
    (id: string) => orm.em.fork().execute(`update "api_tokens" set "permissions" = '{}' where "id" = ?`, [id]),
    (id: string) => orm.em.fork().execute(`update "api_tokens" set "expires_at" = now() where "id" = ?`, [id]),
  ]) {
    const { id } = await stage.access.createToken(ada.actor, made);
    const items = await readToEnd({ tokenId: id }, QUICK, () => end(id));
    assert.equal(items.length, 1);
  }
});

test('a stream of an API token that holds goes on', async () => {
  const { id } = await stage.access.createToken(ada.actor, { name: 'script', permissions: null, expiresInDays: null });
  const left = new AbortController();
  const timing = { heartbeatMs: 5, recheckMs: 5 };
  let told = 0;
  const input = { after: null, jobId: null, sessionId: null, tokenId: id, signal: left.signal };
  for await (const _ of await streamEvents({ orm: stage.orm, feed: stage.events.feed }, ada.actor, input, timing)) {
    told += 1;
    if (told === 20) left.abort();
  }
  assert.equal(told, 20);
});

test('a stream ends when nobody can say whether its reader may still read', async () => {
  const { orm } = stage;
  const fork = orm.em.fork.bind(orm.em);
  try {
    await readToEnd({ sessionId }, QUICK, () => {
      orm.em.fork = () => {
        throw new Error('the database system is shutting down');
      };
    });
  } finally {
    orm.em.fork = fork;
  }
});

test('a stream ends when the process will tell nothing more', async () => {
  const other = await stage.beside();
  const { orm, feed } = { orm: other.orm, feed: other.events.feed };
  const input = { after: null, jobId: null, sessionId, tokenId: null, signal: new AbortController().signal };
  const items = await streamEvents({ orm, feed }, ada.actor, input);
  const first = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const _ of items) first.resolve();
  })();
  await first.promise;
  await other.realtime.close();
  await reading;
  await other.close();
});
