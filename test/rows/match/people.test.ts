import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSet } from '../../../bench/match-run.ts';
import { calibration, scoreOf } from '../../../bench/match-score.ts';
import { misheard } from '../../../bench/misheard.ts';
import { people } from '../../../bench/people.ts';
import { views } from '../../../bench/people-views.ts';
import { trades } from '../../../bench/trade.ts';

const clean = people(5000, 1500, 'clean', 21);
const hard = [people(5000, 1500, 'hard', 22), people(5000, 1500, 'hard', 23)];
const hardRuns = hard.map((set) => runSet(set, 0.85));

test('people written in another way are found, people with slips nearly all', () => {
  assert.ok(scoreOf(runSet(clean, 0.85)).f1 >= 0.99);
  for (const run of hardRuns) assert.ok(scoreOf(run).f1 >= 0.97, String(scoreOf(run).f1));
});

test('who only lives with somebody is not taken for them', () => {
  const merged = hardRuns.map((run, at) => run.found.filter(([, b]) => hard[at]?.kin.has(b)).length);
  const all = hard.reduce((sum, set) => sum + set.kin.size, 0);
  assert.ok(merged.reduce((sum, count) => sum + count, 0) <= 0.01 * all, `${merged.join(' + ')} of ${all}`);
});

test('what is said to be sure is right, and what is said to be unlikely is not', () => {
  const rows = calibration(hardRuns);
  const share = (from: number, to: number): number => {
    const own = rows.filter((row) => row.from >= from && row.to <= to);
    const sum = (of: (row: (typeof rows)[number]) => number): number => own.reduce((total, row) => total + of(row), 0);
    return (
      sum((row) => row.right) /
      Math.max(
        1,
        sum((row) => row.pairs),
      )
    );
  };
  assert.ok(share(0.99, 1) >= 0.985, `of the surest ${share(0.99, 1)} were right`);
  assert.ok(share(0.85, 0.99) >= 0.75, `of the likely ${share(0.85, 0.99)} were right`);
  assert.ok(share(0.01, 0.3) <= 0.2, `of the unlikely ${share(0.01, 0.3)} were right`);
});

test('columns may be called anything, in any language, with the name in one of them', () => {
  for (const view of views(clean)) {
    const { f1, precision } = scoreOf(runSet(view, 0.85));
    // A name alone is that of several people: one in five of these cannot be told apart, and are not guessed.
    const least = view.name.endsWith('name and e-mail') ? 0.85 : 0.98;
    assert.ok(f1 >= least && precision >= 0.95, `${view.name}: F1 ${f1}, precision ${precision}`);
  }
});

test('people misheard and scanned are found, and companies whose branches are other records', () => {
  const [companies] = trades(4000, 1200, 31);
  assert.ok(companies);
  for (const set of [misheard(4000, 1200, 32), companies]) {
    const run = runSet(set, 0.85);
    const { f1 } = scoreOf(run);
    assert.ok(f1 >= 0.98, `${set.name}: F1 ${f1}`);
    const merged = run.found.filter(([, b]) => set.kin.has(b)).length;
    assert.ok(merged <= 0.01 * set.kin.size, `${set.name}: ${merged} of ${set.kin.size}`);
  }
});
