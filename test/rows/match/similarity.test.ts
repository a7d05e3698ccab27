import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editsWithin } from '../../../src/rows/match/similarity.ts';
import { randomOf } from '../../../src/demo/random.ts';

/** Optimal string alignment by the whole table. */
function edits(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1);
      (table[i] ?? [])[j] = least;
    }
  }
  return at(a.length, b.length);
}

test('one edit or two are told as the whole table of edits tells them', () => {
  for (let id = 0; id < 20_000; id++) {
    const random = randomOf(1, 1, id);
    const text = (): string => Array.from({ length: random.below(9) }, () => 'abc'.charAt(random.below(3))).join('');
    const [a, b] = [text(), text()];
    for (const limit of [1, 2] as const)
      assert.equal(editsWithin(a, b, limit), Math.min(limit + 1, edits(a, b)), `${a} ${b}`);
  }
});
