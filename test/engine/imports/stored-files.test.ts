import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLifecycle } from '../../../activities/lifecycle.ts';
import { sweepFiles } from '../../../src/engine/imports/sweep-files.ts';
import { ImportFile } from '../../../src/store/entities/import-file.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage({ worker: false });
});

after(() => stage.close());

async function* bytes(): AsyncGenerator<Buffer> {
  yield Buffer.from('name,email\n');
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for (const prefix of ['uploads/', 'fetched/', 'reports/'])
    for await (const { key } of stage.engine.deps.files.storage.list(prefix)) keys.push(key);
  return keys.toSorted();
}

test('files that nothing knows of are removed, with what was made of them; all others stay', async () => {
  const { deps } = stage.engine;
  const jobId = await stage.start(await stage.importer(), 'name,email\n');
  const { fileId } = await stage.engine.job(jobId);
  const file = await deps.orm.em.fork().findOneOrFail(ImportFile, { id: fileId ?? '' });
  const [lost, fetched] = [randomUUID(), randomUUID()];
  const kept = [`${file.storageKey}.table`, 'reports/one', 'uploads/something-else'];
  const gone = [`uploads/${lost}`, `uploads/${lost}.unpacked`, `fetched/${fetched}.parts/1/0`];
  for (const key of [...kept, ...gone]) await deps.files.storage.put(key, bytes());
  assert.equal(await sweepFiles(deps), 0, 'a file may be about to be written down');
  assert.equal(await sweepFiles(deps, -1_000), 3);
  assert.deepEqual(await stored(), [file.storageKey, ...kept].toSorted());
  await stage.engine.jobs.cancel(stage.engine.actor, jobId);
});

test('what has come of a file goes when its job ends without it', async () => {
  const { deps } = stage.engine;
  const id = await stage.importer({ source: { type: 'url', url: 'http://127.0.0.1:9/people.csv' } });
  const { job } = await stage.imports.create(stage.engine.actor, { importer: id, file: null });
  const file = await deps.orm.em.fork().findOneOrFail(ImportFile, { id: job.fileId ?? '' });
  const part = `${file.storageKey}.parts/1/0`;
  await deps.files.storage.put(part, bytes());
  assert.ok((await stored()).includes(part));
  await createLifecycle(deps).finishJob({ jobId: job.id, outcome: 'cancelled' });
  assert.ok(!(await stored()).includes(part));
});
