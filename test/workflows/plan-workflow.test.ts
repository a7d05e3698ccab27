import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { CASES, PEOPLE, startPlanStage } from '../support/plans.ts';
import type { PlanStage } from '../support/plans.ts';

let stage: PlanStage;

before(async () => {
  stage = await startPlanStage();
});

after(() => stage.engine.close());

beforeEach(() => stage.begin());

test('a plan says of each row what it would change, and the source may change afterwards', async () => {
  await stage.imported();
  await stage.engine.source.query(`update people set city = 'Bergen' where id = 3; delete from cases where id > 2;
    insert into people (id, name, email, city, born) values (500, 'new', null, 'Rome', '2000-01-01'), (501, 'bad', null, null, '?');
    insert into cases values (300, 'of the new one', 500)`);
  const plan = await stage.planned();
  assert.deepEqual(plan.summary, { create: 2, update: 1, skip: 121, fail: 1, review: 0, drifted: 0 });
  const changes = async (filter: object): Promise<unknown[]> => {
    const { rows, total } = await stage.plans.changes(stage.engine.actor, plan.job.id, {
      page: 1,
      perPage: 10,
      ...filter,
    });
    assert.equal(total, rows.length);
    return rows.map(({ fields, targetId, ...row }) => ({
      ...row,
      known: targetId !== null,
      fields: Object.fromEntries(fields),
    }));
  };
  const row = { targetType: 'customer_users', drifted: false, duplicateOf: null };
  const seen = (await changes({ action: 'update' })) as Record<string, unknown>[];
  assert.partialDeepStrictEqual(seen, [
    {
      ...row,
      rowNumber: 3,
      sourceIdentifier: '3',
      action: 'update',
      known: true,
      fields: { city: { before: 'Oslo', after: 'Bergen' } },
    },
  ]);
  assert.partialDeepStrictEqual(await changes({ action: 'fail' }), [
    { ...row, rowNumber: 122, sourceIdentifier: '501', action: 'fail', known: false, fields: {} },
  ]);
  const created = (
    await stage.plans.changes(stage.engine.actor, plan.job.id, { page: 1, perPage: 10, action: 'create' })
  ).rows;
  const [person, ticket] = created.map(({ fields }) => Object.fromEntries(fields));
  assert.deepEqual(person, {
    external_id: { before: null, after: '500' },
    name: { before: null, after: 'new' },
    city: { before: null, after: 'Rome' },
    birth_date: { before: null, after: '2000-01-01' },
  });
  assert.deepEqual(ticket?.['customer_user_id'], { before: null, after: created[0]?.targetId });
  const page = await stage.plans.changes(stage.engine.actor, plan.job.id, { page: 2, perPage: 100 });
  assert.deepEqual([page.total, page.rows.length, page.rows.at(-1)?.targetType], [125, 25, 'tickets']);

  const expected = (await stage.target()) as { what: string; external_id: string; city: string; hash: string }[];
  await stage.engine.source.query('drop table people, cases');
  const job = await stage.applied(plan);
  assert.deepEqual(await stage.drifts(job), []);
  const now = (await stage.target()) as typeof expected;
  assert.deepEqual(
    now.filter(({ external_id: id }) => !['3', '500', '300'].includes(id)),
    expected.filter(({ external_id: id }) => id !== '3'),
  );
  assert.equal(now.find(({ external_id: id, what }) => id === '3' && what === 'person')?.city, 'Bergen');
  assert.partialDeepStrictEqual(
    now.filter(({ external_id: id }) => id === '500' || id === '300'),
    [
      { what: 'case', name: 'of the new one', email: '500' },
      { what: 'person', name: 'new', city: 'Rome' },
    ],
  );
  // What was to be created has the ids that were shown.
  const ids = await stage.all(`select "id" from "target"."customer_users" where "external_id" = '500'`);
  assert.deepEqual(ids, [{ id: created[0]?.targetId }]);
  const issues = await stage.engine.jobs.issues(stage.engine.actor, job, { page: 1, perPage: 10 });
  assert.deepEqual(
    issues.rows.map(({ rowNumber, field, code }) => [rowNumber, field, code]),
    [[122, 'birth_date', 'invalid_format']],
  );
});

test('a plan is applied once, by whoever comes first', async () => {
  const plan = await stage.planned();
  const tries = await Promise.allSettled([1, 2, 3].map(() => stage.plans.apply(stage.engine.actor, plan.job.id)));
  const refused = tries
    .filter((one) => one.status === 'rejected')
    .map(({ reason }) => (reason as { code: string }).code);
  assert.deepEqual(refused, ['wrong_state', 'wrong_state']);
  const job = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value.job.id] : []))[0] ?? '';
  await stage.engine.reached(job, 'completed');
  assert.equal(await stage.engine.workflowEnd(plan.job.id), 'COMPLETED');
});

test('a cancelled plan leaves nothing behind and cannot be applied; a deleted one is gone with its rows', async () => {
  const { job } = await stage.plans.create(stage.engine.actor, {
    profileId: stage.profileId,
    options: { batchSize: 1 },
  });
  await stage.engine.progressed(job.id, 5);
  await stage.engine.jobs.cancel(stage.engine.actor, job.id);
  assert.deepEqual(await stage.leftovers(), []);
  await assert.rejects(stage.plans.apply(stage.engine.actor, job.id), { code: 'wrong_state' });
  await stage.engine.workflowEnd(job.id);
  await stage.plans.delete(stage.engine.actor, job.id);
  await assert.rejects(stage.plans.get(stage.engine.actor, job.id), { code: 'not_found' });
  assert.deepEqual(
    await stage.all(
      `select from "import_plan_rows" where "job_number" = ?
    union all select from "import_plan_records" where "job_number" = ?
    union all select from "import_plan_chunks" where "job_number" = ?`,
      [job.number, job.number, job.number],
    ),
    [],
  );
});

test('a plan and its application go on where they were paused, with another worker', async () => {
  const { job } = await stage.plans.create(stage.engine.actor, {
    profileId: stage.profileId,
    options: { batchSize: 3 },
  });
  await stage.engine.progressed(job.id, 40);
  await stage.engine.jobs.pause(stage.engine.actor, job.id);
  await stage.engine.restartWorker();
  await stage.engine.jobs.resume(stage.engine.actor, job.id);
  await stage.engine.reached(job.id, 'completed');
  const plan = await stage.plans.get(stage.engine.actor, job.id);
  assert.equal(plan.summary.create, PEOPLE + CASES);

  const applying = await stage.plans.apply(stage.engine.actor, job.id);
  await stage.engine.progressed(applying.job.id, 40);
  await stage.engine.jobs.cancel(stage.engine.actor, applying.job.id);
  await stage.engine.workflowEnd(applying.job.id);
  await stage.engine.source.query(`update people set name = 'changed at the source'`);
  // What was not reached is brought in by a retry, as planned.
  const retry = await stage.engine.jobs.retry(stage.engine.actor, applying.job.id);
  await stage.engine.reached(retry.job.id, 'completed');
  assert.deepEqual(
    await stage.all(`select count(*)::int as "people", count(*) filter (where "name" like 'person %')::int as "named"
      from "target"."customer_users"`),
    [{ people: PEOPLE, named: PEOPLE }],
  );
  assert.deepEqual(await stage.drifts(retry.job.id), []);
});

test('what a plan brought in is certified and undone like any import', async () => {
  await stage.imported();
  await stage.engine.source.query(`update people set city = 'Bergen' where id <= 10;
    insert into people (id, name, city) select n, 'new ' || n, 'Rome' from generate_series(201, 230) as n`);
  const before = await stage.target();
  const job = await stage.applied(await stage.planned());
  const certificate = await stage.engine.jobs.certificate(stage.engine.actor, job, new AbortController().signal);
  assert.equal(certificate.balanced, true);
  const rollbacks = createRollbacks(stage.engine.deps);
  const undo = await rollbacks.create(stage.engine.actor, job, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await stage.engine.reached(undo.job.id, 'completed');
  assert.deepEqual(await stage.target(), before);
});

test('rows that the database refuses are planned to fail, and fail', async () => {
  await stage.imported();
  const forbid = (name: string): Promise<unknown> =>
    stage.all(`alter table "target"."customer_users" add constraint "no_rome" check ("city" <> '${name}') not valid`);
  await forbid('Rome');
  await stage.engine.source.query(
    `update people set city = 'Rome' where id in (7, 50); update people set city = 'Pisa' where id < 20 and id <> 7;
     insert into people (id, name, city) values (900, 'refused', 'Rome'), (901, 'twice', 'Lima'), (8, 'once more', 'Lima'),
       (901, 'again', 'Lima')`,
  );
  try {
    const plan = await stage.planned();
    assert.deepEqual(plan.summary, { create: 1, update: 20, skip: 190, fail: 3, review: 0, drifted: 0 });
    await stage.all(`alter table "target"."customer_users" drop constraint "no_rome"`);
    const job = await stage.applied(plan);
    assert.deepEqual(await stage.counters(job), { created: 1, updated: 20, skipped: 190, failed: 3, duplicates: 0 });
    assert.deepEqual(await stage.drifts(job), []);
  } finally {
    await stage.all(`alter table "target"."customer_users" drop constraint if exists "no_rome"`);
  }
});
