import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomOf } from '../../src/demo/random.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import { createTargets } from '../../src/engine/targets/index.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { makeImporter } from '../support/people-source.ts';
import { areRight, fillParts, keysStayRight } from './matching-keys-stage.ts';
import { fuzzy } from './matching-stage.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await fillParts(engine);
});

after(() => engine.close());

test('keys follow at once what imports write, people edit and remove, and rollbacks undo', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const jobId = await importer.run('part_0', fuzzy());
  assert.equal(await areRight(engine, importer), false);
  const targets = createTargets(engine.deps);
  const ids = [...(await importer.records()).values()].map((record) => String(record['id'])).toSorted();
  const random = randomOf(11, 1, 0);
  for (let edit = 0; edit < 12; edit++) {
    const id = ids.splice(random.below(ids.length), 1)[0] ?? '';
    const changes = new Map([
      ['last_name', `Edited${edit}`],
      ['email', random.chance(0.5) ? null : `edited.${edit}@post.example`],
    ]);
    if (random.chance(0.3)) await targets.remove(importer.actor, 'customer_users', id);
    else await targets.edit(importer.actor, 'customer_users', id, changes);
  }
  await areRight(engine, importer);
  let undone = jobId;
  for (const what of ['the import', 'its rollback']) {
    const { job } = await createRollback(engine.deps, importer.actor, undone, {
      options: {},
      confirmation: { understoodConsequences: true, backupCreated: true },
    });
    assert.equal((await engine.reached(job.id, 'completed', 'failed')).status, 'completed', what);
    await areRight(engine, importer);
    undone = job.id;
  }
});

test('keys are of what records hold, also where a trigger has had its say', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const em = engine.orm.em.fork();
  await em.execute(`
    create function "target"."renames" () returns trigger language plpgsql as $$
    begin new."last_name" := 'Triggered' || left(new."last_name", 2); return new; end $$;
    create trigger "renames" before insert or update on "target"."customer_users"
    for each row execute function "target"."renames" ()`);
  try {
    await importer.run('part_0', fuzzy());
    await areRight(engine, importer);
  } finally {
    await em.execute(`drop function "target"."renames" () cascade`);
  }
});

test('keys are right after the next match pass whatever was done to records', () => keysStayRight(engine, 1));

test('what tells people apart is not learned again from as many rows as before', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const jobs = [await importer.run('part_0', fuzzy()), await importer.run('part_1', fuzzy())];
  const models: { model: unknown }[] = await engine.orm.em
    .fork()
    .execute(`select "model" from "import_matchings" where "job_id" in (?, ?)`, jobs);
  assert.equal(models.length, 2);
  assert.deepEqual(models[0], models[1]);
});
