import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ROWS, addCounters, estimateCompletion, percentage, processed } from '../../src/domain/counters.ts';

test('what is processed is the sum of the four outcomes; duplicates are counted in them', () => {
  const counters = { created: 1, updated: 2, skipped: 4, failed: 8, duplicates: 16 };
  assert.equal(processed(counters), 15);
  assert.deepEqual(addCounters(counters, { created: 1, updated: 1, skipped: 1, failed: 1, duplicates: 1 }), {
    created: 2,
    updated: 3,
    skipped: 5,
    failed: 9,
    duplicates: 17,
  });
  assert.deepEqual(addCounters(counters, NO_ROWS), counters);
});

test('a percentage is rounded down and never says 100 before the end', () => {
  const shown = [0, 1, 333, 994, 995, 999, 1_000, 2_000].map((done) => percentage(done, 1_000, false));
  assert.deepEqual(shown, [0, 0, 33, 99, 99, 99, 99, 99]);
});

test('a job that has ended shows 100, and one that has not counted yet shows 0', () => {
  assert.deepEqual([percentage(7, 1_000, true), percentage(0, 0, true), percentage(0, null, true)], [100, 100, 100]);
  assert.deepEqual([percentage(0, 0, false), percentage(5, null, false), percentage(0, 10, false)], [0, 0, 0]);
});

test('the end is estimated from the pace so far', () => {
  const started = new Date('2026-01-01T00:00:00Z');
  const now = new Date('2026-01-01T00:01:00Z');
  assert.deepEqual(estimateCompletion(started, now, 250, 1_000), new Date('2026-01-01T00:04:00Z'));
  assert.deepEqual(estimateCompletion(started, now, 999, 1_000), new Date('2026-01-01T00:01:00.060Z'));
});

test('nothing is estimated before the first row, after the last, or without a total', () => {
  const [started, now] = [new Date(0), new Date(60_000)];
  assert.deepEqual(
    [
      estimateCompletion(started, now, 0, 10),
      estimateCompletion(started, now, 10, 10),
      estimateCompletion(started, now, 5, null),
    ],
    [null, null, null],
  );
});
