import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { wrap } from '@mikro-orm/postgresql';
import { ImportEvent } from '../../../../src/store/entities/import-event.ts';
import { readEventsAfter } from '../../../../src/store/queries/events/event-log.ts';
import { appendEvent } from '../../../../src/store/queries/events/events.ts';
import { seeded } from '../../../support/seeded.ts';
import { rawSession, untilBlocked } from '../../../support/sessions.ts';
import { openTestStore } from '../../../support/store.ts';

const { database, orm } = await openTestStore(16);

const tenantId = randomUUID();
const append = (type: ImportEvent['type'] = 'job.started'): Promise<number> =>
  orm.em.fork().transactional((tx) => appendEvent(tx, { tenantId, type }));

test('an event carries what it was given and when it happened', async () => {
  const [jobId, profileId, userId] = [randomUUID(), randomUUID(), randomUUID()];
  const data = { status: 'running', text: 'quote " and \\ and ?', nested: { list: [1, null] } };
  const id = await orm.em
    .fork()
    .transactional((tx) => appendEvent(tx, { tenantId, type: 'job.paused', jobId, profileId, userId, data }));
  const { at, ...event } = wrap(await orm.em.fork().findOneOrFail(ImportEvent, { id })).toPOJO();
  assert.deepEqual(event, { id, tenantId, type: 'job.paused', jobId, profileId, userId, data });
  assert.ok(at instanceof Date && Math.abs(Date.now() - at.getTime()) < 60_000);
});

test('an event outside a transaction is refused', async () => {
  await assert.rejects(appendEvent(orm.em.fork(), { tenantId, type: 'job.started' }), /belongs in the transaction/);
});

test('an event of a transaction that is rolled back never happened', async () => {
  const before = await orm.em.fork().count(ImportEvent);
  await assert.rejects(
    orm.em.fork().transactional(async (tx) => {
      await appendEvent(tx, { tenantId, type: 'job.started' });
      throw new Error('changed my mind');
    }),
    /changed my mind/,
  );
  assert.equal(await orm.em.fork().count(ImportEvent), before);
});

test('listeners hear an event’s id when it is committed, and not before', async () => {
  await using listener = await rawSession(database.url);
  const heard: string[] = [];
  const next = new Promise<void>((resolve) => {
    listener.client.on('notification', ({ payload }) => {
      heard.push(payload ?? '');
      resolve();
    });
  });
  await listener.query('listen "lading_events"');
  let id = 0;
  await orm.em.fork().transactional(async (tx) => {
    id = await appendEvent(tx, { tenantId, type: 'job.started' });
    await listener.query('select 1');
    assert.deepEqual(heard, []);
  });
  await next;
  assert.deepEqual(heard, [String(id)]);
});

test('an id is not given out while a smaller one is not yet visible', async () => {
  await using slow = await rawSession(database.url);
  await slow.query(`begin; select pg_advisory_xact_lock(hashtext('lading.events'))`);
  const waiting = append();
  await untilBlocked(slow);
  const { rows } = await slow.query(
    `insert into "import_events" ("tenant_id", "type") values ($1, 'job.created') returning "id"::int as "id"`,
    [tenantId],
  );
  await slow.query('commit');
  assert.ok((await waiting) > rows[0].id);
});

test('whoever asks for what is after the last event he saw misses none, however many are written at once', async () => {
  const random = seeded(12);
  const start = await append();
  const seen: number[] = [];
  let writing = true;
  const reading = (async () => {
    for (let last = start, done = false; !done;) {
      done = !writing;
      const events = await readEventsAfter(orm.em.fork(), last, 7);
      seen.push(...events.map((event) => event.id));
      last = seen.at(-1) ?? last;
      if (events.length > 0) done = false;
    }
  })();
  const writer = async (): Promise<number[]> => {
    const ids: number[] = [];
    for (let n = 0; n < 40; n++) {
      if (random.chance(0.2)) {
        const given = orm.em.fork().transactional(async (tx) => {
          await appendEvent(tx, { tenantId, type: 'job.failed' });
          throw new Error('rolled back');
        });
        await assert.rejects(given, /rolled back/);
      } else {
        ids.push(await append());
      }
    }
    return ids;
  };
  const written = (await Promise.all(Array.from({ length: 6 }, writer))).flat();
  writing = false;
  await reading;
  assert.deepEqual(
    seen,
    written.toSorted((a, b) => a - b),
  );
});
