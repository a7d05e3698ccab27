import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { KEPT_MS, MatchMemory, MOST_KEPT } from '../../../activities/matching/memory.ts';
import type { MatchedRows } from '../../../activities/matching/memory.ts';
import { createKeyer } from '../../../src/rows/match/keyer.ts';
import { learnPlan } from '../../../src/rows/match/learn.ts';
import { ResultsInHand } from '../../../src/store/match/results-in-hand.ts';

const keyer = createKeyer(learnPlan({ fields: [], rows: [] }));
const rows = (): MatchedRows => ({ batches: [], indexId: null, keyer, keys: new Map(), results: new ResultsInHand() });
const place = (at: number): { jobId: string; targetOrdinal: number } => ({ jobId: `job ${at}`, targetOrdinal: 0 });

test('rows are given once, to the job and target that they are of', () => {
  const memory = new MatchMemory();
  const kept = rows();
  memory.keep(place(1), kept);
  assert.equal(memory.take({ ...place(1), targetOrdinal: 1 }), null);
  assert.equal(memory.take(place(2)), null);
  assert.equal(memory.take(place(1)), kept);
  assert.equal(memory.take(place(1)), null);
});

test('only so many are kept, the newest ones, and none for long', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const memory = new MatchMemory();
  const kept = Array.from({ length: MOST_KEPT + 2 }, rows);
  kept.forEach((some, at) => memory.keep(place(at), some));
  assert.deepEqual([memory.take(place(0)), memory.take(place(1))], [null, null]);
  assert.equal(memory.take(place(2)), kept[2]);
  mock.timers.tick(KEPT_MS);
  assert.equal(memory.take(place(3)), null);
  mock.timers.reset();
});
