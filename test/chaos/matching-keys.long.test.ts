import { after, before, test } from 'node:test';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { fillParts, keysStayRight } from '../workflows/matching-keys-stage.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await fillParts(engine);
});

after(() => engine.close());

for (const seed of [2, 3, 4]) {
  test(`keys are right after the next match pass whatever was done to records, seed ${seed}`, () =>
    keysStayRight(engine, seed));
}
