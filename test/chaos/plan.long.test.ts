import { after, before, beforeEach, test } from 'node:test';
import { assertModeAgrees, assertRandomAgrees, MODES } from '../support/plan-rows.ts';
import { startPlanStage } from '../support/plans.ts';
import type { PlanStage } from '../support/plans.ts';
import { stormPlan } from './plan-storm.ts';

let stage: PlanStage;

before(async () => {
  stage = await startPlanStage();
});

after(() => stage.engine.close());

beforeEach(() => stage.begin());

for (const name of Object.keys(MODES)) {
  test(`a plan, applied, is the import of the same rows: ${name}`, () => assertModeAgrees(stage, name));
}

for (const seed of [1, 2, 3, 4]) {
  test(`a plan, applied, is the import of the same rows, whatever they are: seed ${seed}`, () =>
    assertRandomAgrees(stage, seed, 3));
}

test(
  'a plan, and the job that applies it, survive killed workers, PostgreSQL, the source and all at once',
  { skip: process.platform !== 'linux' && 'it looks at processes in /proc', timeout: 600_000 },
  (t) =>
    stormPlan(
      t,
      20_000,
      [
        ['worker', 1_000],
        ['postgres', 6_000],
        ['source', 10_000],
        ['everything', 14_000],
      ],
      [
        ['worker', 1_500],
        ['everything', 7_000],
        ['postgres', 12_000],
      ],
    ),
);
