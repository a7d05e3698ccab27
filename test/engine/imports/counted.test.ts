import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage({ worker: false });
});

after(() => stage.close());

const NOW = { patienceMs: 0, signal: new AbortController().signal };

test('an import that nobody has counted yet says how many rows it seems to have, and the count once there is one', async () => {
  const id = await stage.importer();
  const text = `name,email\n${'a name,a@x.org\n'.repeat(20_000)}`;
  const [plain, packed] = [await stage.start(id, text), await stage.start(id, gzipSync(text))];
  const { view, estimatedRows } = await stage.imports.counted(stage.engine.actor, plain, NOW);
  assert.equal(view.job.estimatedTotal ?? null, null);
  assert.equal(estimatedRows, 20_000);
  assert.equal((await stage.imports.counted(stage.engine.actor, packed, NOW)).estimatedRows, null);

  await stage.engine.startWorker();
  await stage.engine.reached(plain, 'completed');
  const counted = await stage.imports.counted(stage.engine.actor, plain, NOW);
  assert.deepEqual([counted.view.job.estimatedTotal, counted.estimatedRows], [20_000, null]);
});
