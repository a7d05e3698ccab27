import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { streamEvents } from '../../../src/engine/events/stream-events.ts';
import type { StreamTiming } from '../../../src/engine/events/stream-events.ts';
import { startStage } from '../../realtime/stage.ts';
import type { Person, Stage } from '../../realtime/stage.ts';

const QUICK: StreamTiming = { heartbeatMs: 5, recheckMs: 20, tokenStreamMs: 60_000 };

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
  as: { sessionId: string | null; signal?: AbortSignal },
  timing: StreamTiming,
  at: () => Promise<unknown> | void,
): Promise<unknown[]> {
  const { orm } = stage;
  const { signal = new AbortController().signal } = as;
  const input = { after: null, jobId: null, sessionId: as.sessionId, signal };
  const items: unknown[] = [];
  for await (const item of await streamEvents({ orm, feed: stage.events.feed }, ada.actor, input, timing)) {
    if (items.length === 0) await at();
    items.push(item);
  }
  return items;
}

test('a stream shows that it lives while nothing happens, and ends when its reader leaves', async () => {
  const left = new AbortController();
  const timing = { ...QUICK, recheckMs: 60_000 };
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

test('a stream of an API token ends after its time', async () => {
  await readToEnd({ sessionId: null }, { ...QUICK, tokenStreamMs: 50 }, () => undefined);
});

test('a stream ends when the process will tell nothing more', async () => {
  const other = await stage.beside();
  const { orm, feed } = { orm: other.orm, feed: other.events.feed };
  const input = { after: null, jobId: null, sessionId, signal: new AbortController().signal };
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
