import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { PEOPLE, startPlanStage } from '../support/plans.ts';
import type { PlanStage } from '../support/plans.ts';

let stage: PlanStage;

before(async () => {
  stage = await startPlanStage();
});

after(() => stage.engine.close());

beforeEach(() => stage.begin());

const MERGING = { duplicateDetection: { enabled: true, primaryFields: ['email'] } };

test('rows whose record was changed, removed or made since are held and named; the rest arrives', async () => {
  await stage.engine.source.query(`delete from cases where id > 20; update cases set person_id = 100 + id`);
  await stage.imported();
  await stage.engine.source.query(`update people set city = 'Bergen' where id <= 10;
    insert into people (id, name, email, city, born) select n, 'new ' || n, null, 'Rome', null from generate_series(201, 210) as n;
    update people set name = 'twice', city = null where id = 203;
    insert into people (id, name, city) values (203, 'once more', 'Pisa');
    insert into cases values (301, 'of one made meanwhile', 201), (302, 'of another', 202)`);
  const plan = await stage.planned();
  assert.deepEqual(plan.summary, { create: 12, update: 11, skip: 130, fail: 0, review: 0, drifted: 0 });
  const set = (what: string, id: number): Promise<unknown> =>
    stage.all(`update "target"."customer_users" set ${what} where "external_id" = '${id}'`);
  await set(`"notes" = 'a field that is not imported'`, 1);
  await set(`"city" = 'Rome'`, 2);
  await set(`"name" = 'edited', "updated_at" = "updated_at"`, 50);
  await set(`"updated_at" = now()`, 4);
  await stage.all(`delete from "target"."customer_users" where "external_id" in ('5', '60')`);
  await stage.all(
    `insert into "target"."customer_users" ("id", "tenant_id", "source_id", "external_id", "name")
    values (gen_random_uuid(), ?, ?, '201', 'made by hand'), (gen_random_uuid(), ?, ?, '203', 'this too')`,
    [stage.engine.actor.tenantId, stage.profileId, stage.engine.actor.tenantId, stage.profileId],
  );
  const before = await stage.target();

  const job = await stage.applied(plan);
  assert.deepEqual(await stage.drifts(job), [1, 2, 5, 50, 60, 121, 123, 131, 21]);
  const held = new Set(['1', '2', '5', '50', '60', '201', '203', '301']);
  const after = await stage.target();
  const isHeld = (row: unknown): boolean =>
    held.has((row as { external_id: string }).external_id) && (row as { what: string }).what === 'person';
  assert.deepEqual(after.filter(isHeld), before.filter(isHeld));
  assert.deepEqual(
    await stage.all(
      `select "external_id", "city" from "target"."customer_users" where "city" = 'Bergen' order by "external_id"::int`,
    ),
    [3, 4, 6, 7, 8, 9, 10].map((id) => ({ external_id: String(id), city: 'Bergen' })),
  );
  assert.deepEqual(await stage.all(`select "external_id" from "target"."tickets" where "external_id"::int > 300`), [
    { external_id: '302' },
  ]);
  const view = await stage.plans.get(stage.engine.actor, plan.job.id);
  assert.deepEqual([view.summary.drifted, view.appliedBy], [9, job]);
  const { rows } = await stage.plans.changes(stage.engine.actor, plan.job.id, { page: 1, perPage: 200 });
  assert.deepEqual(
    rows.filter(({ drifted }) => drifted).map(({ rowNumber }) => rowNumber),
    [1, 2, 5, 50, 60, 121, 123, 131, 21],
  );
  const { created, updated, skipped } = (await stage.engine.jobs.get(stage.engine.actor, job)).counters;
  assert.deepEqual({ created, updated, skipped }, { created: 9, updated: 7, skipped: 137 });
});

test('a duplicate of a record that was changed or removed since is held', async () => {
  await stage.all(
    `insert into "target"."customer_users" ("id", "tenant_id", "external_id", "name", "email") values
    ('0190e8a0-0000-7000-8000-000000000001', ?, 'x', 'ours', '1@example.com'),
    ('0190e8a0-0000-7000-8000-000000000002', ?, 'y', 'ours', '2@example.com'),
    ('0190e8a0-0000-7000-8000-000000000003', ?, 'z', 'ours', '3@example.com'),
    (gen_random_uuid(), gen_random_uuid(), 'w', 'of another tenant', '4@example.com')`,
    [stage.engine.actor.tenantId, stage.engine.actor.tenantId, stage.engine.actor.tenantId],
  );
  const options = { options: { batchSize: 25, selectedTypes: ['customer_users'] } };
  const plan = await stage.planned({ mode: MERGING, ...options });
  assert.deepEqual([plan.summary.create, plan.summary.update], [PEOPLE - 3, 3]);
  await stage.all(`update "target"."customer_users" set "phone" = '1' where "external_id" = 'x'`);
  await stage.all(`delete from "target"."customer_users" where "external_id" = 'y'`);
  await stage.all(
    `insert into "target"."customer_users" ("id", "tenant_id", "external_id", "email") values (gen_random_uuid(), ?, 'n', '9@example.com')`,
    [stage.engine.actor.tenantId],
  );
  const job = await stage.applied(plan);
  assert.deepEqual(await stage.drifts(job), [1, 2, 9]);
  assert.deepEqual(await stage.counters(job), {
    created: PEOPLE - 4,
    updated: 1,
    skipped: 3,
    failed: 0,
    duplicates: 1,
  });
});
