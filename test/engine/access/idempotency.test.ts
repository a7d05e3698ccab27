import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Actor } from '../../../src/domain/actor.ts';
import { createIdempotency } from '../../../src/engine/access/idempotency.ts';
import type { Idempotency, KeptAnswer, OnceInput } from '../../../src/engine/access/idempotency.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import { IdempotencyKey } from '../../../src/store/entities/idempotency-key.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { makeActor } from '../../support/factories.ts';

let database: TestDatabase;
let orm: MikroORM;
let idempotency: Idempotency;
let impatient: Idempotency;
let actor: Actor;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 8);
  idempotency = createIdempotency({ orm, sealer: createSealer('k') });
  impatient = createIdempotency({ orm, sealer: createSealer('k'), patienceMs: 0 });
  actor = await makeActor(orm);
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

function once(
  who: Actor,
  input: OnceInput,
  act: () => Promise<KeptAnswer | null>,
): Promise<{ replayed: KeptAnswer } | { fresh: KeptAnswer | null }> {
  return idempotency.once(who, input, act, (given) => given);
}

const answer = (payload: string): KeptAnswer => ({ status: 201, payload });

/** Acts that count how often they were done. */
function counted(payload: string): { act: () => Promise<KeptAnswer>; done: () => number } {
  let done = 0;
  return {
    act: () => {
      done += 1;
      return Promise.resolve(answer(`${payload} ${done}`));
    },
    done: () => done,
  };
}

test('a request that is sent again gets the first answer and does nothing', async () => {
  const { act, done } = counted('made');
  const input = { key: 'again', request: 'POST /things {"name":"a"}' };
  assert.deepEqual(await once(actor, input, act), { fresh: answer('made 1') });
  assert.deepEqual(await once(actor, input, act), { replayed: answer('made 1') });
  assert.equal(done(), 1);
});

test('the same key with another request is a mistake that is named', async () => {
  const { act } = counted('made');
  await once(actor, { key: 'other', request: 'one' }, act);
  await assert.rejects(once(actor, { key: 'other', request: 'two' }, act), {
    code: 'validation',
    details: { fields: { 'Idempotency-Key': ['This key was used for another request.'] } },
  });
});

test('a second request while the first is being worked on waits for its answer, but not for ever', async () => {
  const { promise, resolve } = Promise.withResolvers<KeptAnswer>();
  const input = { key: 'concurrent', request: 'one' };
  const started = Promise.withResolvers<undefined>();
  const first = once(actor, input, () => {
    started.resolve(undefined);
    return promise;
  });
  await started.promise;
  const twice = (): Promise<KeptAnswer> => assert.fail('acted twice');
  await assert.rejects(
    impatient.once(actor, input, twice, (given) => given),
    { code: 'conflict' },
  );
  const second = once(actor, input, twice);
  resolve(answer('late'));
  assert.deepEqual(await first, { fresh: answer('late') });
  assert.deepEqual(await second, { replayed: answer('late') });
});

test('of many requests at once one acts, and all get its answer', async () => {
  const { act, done } = counted('made');
  const input = { key: 'many', request: 'one' };
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => once(actor, input, act)));
  assert.equal(done(), 1);
  assert.equal(outcomes.filter((outcome) => 'fresh' in outcome).length, 1);
  for (const outcome of outcomes) assert.deepEqual(Object.values(outcome), [answer('made 1')]);
});

test('an act that fails or gives nothing to keep leaves the key free', async () => {
  const input = { key: 'failing', request: 'one' };
  const failing = (): Promise<never> => Promise.reject(new Error('lightning'));
  await assert.rejects(once(actor, input, failing), { message: 'lightning' });
  assert.deepEqual(await once(actor, input, () => Promise.resolve(null)), { fresh: null });
  const { act } = counted('made');
  assert.deepEqual(await once(actor, input, act), { fresh: answer('made 1') });
});

test('keys of two users do not know of each other', async () => {
  const other = await makeActor(orm);
  const input = { key: 'shared', request: 'one' };
  await once(actor, input, () => Promise.resolve(answer('mine')));
  const theirs = await once(other, input, () => Promise.resolve(answer('theirs')));
  assert.deepEqual(theirs, { fresh: answer('theirs') });
});

test('a key is taken over when the process that held it died, and is new again after a day', async () => {
  const { act } = counted('made');
  const input = { key: 'orphan', request: 'one' };
  await once(actor, input, act);
  const orphaned = { status: null, answerSealed: null, claimedUntil: new Date(Date.now() - 1000) };
  await orm.em.fork().nativeUpdate(IdempotencyKey, { userId: actor.userId, key: 'orphan' }, orphaned);
  assert.deepEqual(await once(actor, input, act), { fresh: answer('made 2') });

  await orm.em.fork().nativeUpdate(IdempotencyKey, { key: 'orphan' }, { expiresAt: new Date(Date.now() - 1000) });
  assert.deepEqual(await once(actor, { ...input, request: 'two' }, act), { fresh: answer('made 3') });
});

test('a kept answer cannot be read in the store', async () => {
  const input = { key: 'sealed', request: 'one' };
  await once(actor, input, () => Promise.resolve(answer('lading_shown-once')));
  const kept = await orm.em.fork().findOneOrFail(IdempotencyKey, { userId: actor.userId, key: 'sealed' });
  assert.ok(kept.answerSealed?.startsWith('v1.'));
  assert.equal(kept.answerSealed?.includes('shown-once'), false);
});
