import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeTurns } from '../../../src/engine/certificates/turns.ts';

const never = new AbortController().signal;

test('so many run at once, the others in order as those end', async () => {
  const take = takeTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const all = ends.map(({ promise }, index) =>
    take(never, () => {
      begun.push(index);
      return promise;
    }),
  );
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.resolve(1);
  assert.equal(await all[1], 1);
  ends[0]?.reject(new Error('broken'));
  await assert.rejects(all[0] ?? Promise.resolve(), /broken/);
  ends[2]?.resolve(2);
  ends[3]?.resolve(3);
  assert.deepEqual(await Promise.all([all[2], all[3]]), [2, 3]);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});

test('who goes away while waiting never runs and holds up nobody', async () => {
  const take = takeTurns(1);
  const first = Promise.withResolvers<string>();
  const running = take(never, () => first.promise);
  const gone = new AbortController();
  const waiting = take(gone.signal, () => Promise.reject(new Error('it ran')));
  const last = take(never, () => Promise.resolve('last'));
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  first.resolve('first');
  assert.deepEqual(await Promise.all([running, last]), ['first', 'last']);
  await assert.rejects(
    take(gone.signal, () => Promise.reject(new Error('it ran'))),
    /gone/,
  );
});
