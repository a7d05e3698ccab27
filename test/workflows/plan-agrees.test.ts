import { after, before, beforeEach, test } from 'node:test';
import { assertModeAgrees, assertRandomAgrees } from '../support/plan-rows.ts';
import { startPlanStage } from '../support/plans.ts';
import type { PlanStage } from '../support/plans.ts';

let stage: PlanStage;

before(async () => {
  stage = await startPlanStage();
});

after(() => stage.engine.close());

beforeEach(() => stage.begin());

test('a plan, applied, is the import of the same rows: merging duplicates', () =>
  assertModeAgrees(stage, 'merging duplicates'));

test('a plan, applied, is the import of the same rows, whatever they are', () => assertRandomAgrees(stage, 1, 2));
