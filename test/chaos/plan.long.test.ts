import { after, before, beforeEach, test } from 'node:test';
import { assertModeAgrees, assertRandomAgrees, MODES } from '../support/plan-rows.ts';
import { startPlanStage } from '../support/plans.ts';
import type { PlanStage } from '../support/plans.ts';

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
