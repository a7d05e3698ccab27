import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { createPlans } from '../../src/engine/plans/index.ts';
import type { Plans, PlanView } from '../../src/engine/plans/index.ts';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

const PEOPLE = 120;
const CASES = 90;

let engine: TestEngine;
let plans: Plans;
let profileId: string;

const query = (baseTable: string, targetType: string, fields: Record<string, string>): QueryConfiguration => ({
  name: null,
  baseTable,
  joins: [],
  filters: [],
  targetType,
  fields: Object.entries(fields).map(([target, source]) => ({ target, source })),
});

const QUERIES = {
  customer_users: query('people', 'customer_users', {
    external_id: 'id',
    name: 'name',
    email: 'email',
    city: 'city',
    birth_date: 'born',
  }),
  tickets: query('cases', 'tickets', { external_id: 'id', subject: 'subject', customer_user_id: 'person_id' }),
};

before(async () => {
  engine = await startTestEngine();
  plans = createPlans(engine.deps);
  await engine.startWorker();
});

after(() => engine.close());

beforeEach(async () => {
  await engine.orm.em.fork().execute('truncate "target"."customer_users" cascade');
  await engine.source.query(`
    drop table if exists people, cases;
    create table people (nr serial primary key, id integer, name text, email text, city text, born text);
    create table cases (id integer primary key, subject text, person_id integer);
    insert into people (id, name, email, city, born)
      select n, 'person ' || n, n || '@example.com', 'Oslo', date '1970-01-01' + n from generate_series(1, ${PEOPLE}) as n;
    insert into cases select n, 'case ' || n, 1 + n % ${PEOPLE} from generate_series(1, ${CASES}) as n;`);
  profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
});

async function planned(input: Partial<CreateJobInput> = {}): Promise<PlanView> {
  const { job } = await plans.create(engine.actor, { profileId, options: { batchSize: 25 }, ...input });
  await engine.reached(job.id, 'completed');
  return plans.get(engine.actor, job.id);
}

async function applied(plan: PlanView): Promise<string> {
  const { job } = await plans.apply(engine.actor, plan.job.id);
  await engine.reached(job.id, 'completed');
  return job.id;
}

async function imported(input: Partial<CreateJobInput> = {}): Promise<string> {
  const jobId = await engine.create({ profileId, options: { batchSize: 25 }, ...input });
  await engine.reached(jobId, 'completed');
  return jobId;
}

const all = (sql: string, parameters: unknown[] = []): Promise<unknown[]> =>
  engine.orm.em.fork().execute(sql, parameters);

/** What the target holds, by identifiers of the source. */
const target = (profile = profileId): Promise<unknown[]> =>
  all(
    `select 'person' as "what", "external_id", "name", "email", "city", "birth_date"::text as "more",
       encode("source_hash", 'hex') as "hash"
     from "target"."customer_users" where "source_id" = ?
     union all
     select 'case', "t"."external_id", "t"."subject", "c"."external_id", null, null, null
     from "target"."tickets" as "t" left join "target"."customer_users" as "c" on "c"."id" = "t"."customer_user_id"
     where "t"."source_id" = ? order by 1, 2, 3`,
    [profile, profile],
  );

const outcomes = (jobId: string): Promise<unknown[]> =>
  all(
    `select "target_ordinal", "row_number"::int, "source_identifier", "action"::text, "duplicate_of" is not null as "duplicate"
     from "import_records" join "import_jobs" as "j" on "j"."number" = "job_number" where "j"."id" = ?
     order by "target_ordinal", "row_number"`,
    [jobId],
  );

const drifts = async (jobId: string): Promise<[number, string][]> => {
  const { rows } = await engine.jobs.issues(engine.actor, jobId, { code: 'drifted', page: 1, perPage: 100 });
  return rows.map((issue): [number, string] => [issue.rowNumber, issue.message]);
};

const counters = async (jobId: string): Promise<object> => (await engine.jobs.get(engine.actor, jobId)).counters;

/** What the plans that are under way have in the store; nothing, when there are none. */
const leftovers = (): Promise<unknown[]> =>
  all(`select "tablename" from "pg_tables" where "schemaname" = 'plan'
       union all select "target_type" from "import_aliases" where "target_type" like 'plan %'`);

/** Rows that meet each other across chunks: repeated identifiers, repeated e-mails, some that do not fit. */
const TANGLED = `
  insert into people (id, name, email, city, born)
    select 1 + n % 7, 'again ' || n, (n % 50) || '@EXAMPLE.com', null, null from generate_series(1, 60) as n;
  insert into people (id, name, email, city, born) values (900, 'odd', 'odd@example.com', null, 'no day');
  insert into people (id, name, email, city, born)
    select 1000 + n, 'third ' || n, n || '@example.com', 'Rome', null from generate_series(1, 40) as n;
  update cases set person_id = 900 where id % 9 = 0; update cases set person_id = 1003 where id % 10 = 0;`;

/** Each change again meets rows that others share an identifier or a key with. */
const CHANGED = `
  update people set city = 'Bergen', name = name || '!' where nr % 3 = 0; update people set email = null where nr % 7 = 0;
  update people set email = '5@example.com' where nr % 10 = 1; delete from people where nr % 11 = 0;
  update cases set person_id = 1001 where id % 4 = 0`;

const MERGING = { duplicateDetection: { enabled: true, primaryFields: ['email'] } };
const MODES: Record<string, NonNullable<CreateJobInput['mode']>> = {
  'by identifiers': {},
  'merging duplicates': MERGING,
  'skipping duplicates': { duplicateDetection: { enabled: true, primaryFields: ['email'] }, skipDuplicates: true },
  'telling of duplicates': { duplicateDetection: { enabled: true, primaryFields: ['email'] }, updateDuplicates: false },
  'known by another field': {
    sourceIdentifierField: 'email',
    duplicateDetection: { enabled: true, primaryFields: ['name'] },
  },
  'updating only': { importMode: 'update' },
};

for (const [name, mode] of Object.entries(MODES)) {
  test(`a plan, applied, is the import of the same rows: ${name}`, async () => {
    const types = name === 'known by another field' ? { selectedTypes: ['customer_users'] } : {};
    const options = { options: { batchSize: 25, ...types } };
    if (name === 'updating only') await imported();
    for (const round of ['first', 'second'] as const) {
      await engine.source.query(round === 'first' ? TANGLED : CHANGED);
      const before = await target();
      const plan = await planned({ mode, ...options });
      assert.deepEqual(await target(), before, 'the target is as it was');
      assert.deepEqual(await leftovers(), []);
      const { create, update, skip, fail } = plan.summary;

      // What the import would have made of the same rows in the same target.
      await all(
        'create schema kept; create table kept.people as table target.customer_users; create table kept.cases as table target.tickets; create table kept.aliases as table import_aliases',
      );
      const jobId = await imported({ mode, ...options });
      const ended = [await target(), await outcomes(jobId), await counters(jobId)];
      await all(`truncate target.customer_users cascade; truncate import_aliases;
        insert into target.customer_users table kept.people; insert into target.tickets table kept.cases;
        insert into import_aliases table kept.aliases; drop schema kept cascade`);

      const job = await applied(plan);
      assert.deepEqual([await target(), await outcomes(job), await counters(job)], ended);
      assert.deepEqual(await drifts(job), []);
      const { created, updated, skipped, failed } = (await engine.jobs.get(engine.actor, job)).counters;
      assert.deepEqual(
        { created, updated, skipped, failed },
        { created: create, updated: update, skipped: skip, failed: fail },
      );
    }
  });
}

test('a plan says of each row what it would change, and the source may change afterwards', async () => {
  await imported();
  await engine.source.query(`update people set city = 'Bergen' where id = 3; delete from cases where id > 2;
    insert into people (id, name, email, city, born) values (500, 'new', null, 'Rome', '2000-01-01'), (501, 'bad', null, null, '?');
    insert into cases values (300, 'of the new one', 500)`);
  const plan = await planned();
  assert.deepEqual(plan.summary, { create: 2, update: 1, skip: 121, fail: 1, review: 0, drifted: 0 });
  const changes = async (filter: object): Promise<unknown[]> => {
    const { rows, total } = await plans.changes(engine.actor, plan.job.id, { page: 1, perPage: 10, ...filter });
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
  const created = (await plans.changes(engine.actor, plan.job.id, { page: 1, perPage: 10, action: 'create' })).rows;
  const [person, ticket] = created.map(({ fields }) => Object.fromEntries(fields));
  assert.deepEqual(person, {
    external_id: { before: null, after: '500' },
    name: { before: null, after: 'new' },
    city: { before: null, after: 'Rome' },
    birth_date: { before: null, after: '2000-01-01' },
  });
  assert.deepEqual(ticket?.['customer_user_id'], { before: null, after: created[0]?.targetId });
  const page = await plans.changes(engine.actor, plan.job.id, { page: 2, perPage: 100 });
  assert.deepEqual([page.total, page.rows.length, page.rows.at(-1)?.targetType], [125, 25, 'tickets']);

  const expected = (await target()) as { what: string; external_id: string; city: string; hash: string }[];
  await engine.source.query('drop table people, cases');
  const job = await applied(plan);
  assert.deepEqual(await drifts(job), []);
  const now = (await target()) as typeof expected;
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
  const ids = await all(`select "id" from "target"."customer_users" where "external_id" = '500'`);
  assert.deepEqual(ids, [{ id: created[0]?.targetId }]);
  const issues = await engine.jobs.issues(engine.actor, job, { page: 1, perPage: 10 });
  assert.deepEqual(
    issues.rows.map(({ rowNumber, field, code }) => [rowNumber, field, code]),
    [[122, 'birth_date', 'invalid_format']],
  );
});

test('rows whose record was changed, removed or made since are held and named; the rest arrives', async () => {
  await engine.source.query(`delete from cases where id > 20; update cases set person_id = 100 + id`);
  await imported();
  await engine.source.query(`update people set city = 'Bergen' where id <= 10;
    insert into people (id, name, email, city, born) select n, 'new ' || n, null, 'Rome', null from generate_series(201, 210) as n;
    update people set name = 'twice', city = null where id = 203;
    insert into people (id, name, city) values (203, 'once more', 'Pisa');
    insert into cases values (301, 'of one made meanwhile', 201), (302, 'of another', 202)`);
  const plan = await planned();
  assert.deepEqual(plan.summary, { create: 12, update: 11, skip: 130, fail: 0, review: 0, drifted: 0 });
  const set = (what: string, id: number): Promise<unknown> =>
    all(`update "target"."customer_users" set ${what} where "external_id" = '${id}'`);
  await set(`"notes" = 'a field that is not imported'`, 1);
  await set(`"city" = 'Rome'`, 2);
  await set(`"name" = 'edited', "updated_at" = "updated_at"`, 50);
  await set(`"updated_at" = now()`, 4);
  await all(`delete from "target"."customer_users" where "external_id" in ('5', '60')`);
  await all(
    `insert into "target"."customer_users" ("id", "tenant_id", "source_id", "external_id", "name")
    values (gen_random_uuid(), ?, ?, '201', 'made by hand'), (gen_random_uuid(), ?, ?, '203', 'this too')`,
    [engine.actor.tenantId, profileId, engine.actor.tenantId, profileId],
  );
  const before = await target();

  const job = await applied(plan);
  assert.deepEqual(
    (await drifts(job)).map(([row]) => row),
    [1, 2, 5, 50, 60, 121, 123, 131, 21],
  );
  const held = new Set(['1', '2', '5', '50', '60', '201', '203', '301']);
  const after = await target();
  const isHeld = (row: unknown): boolean =>
    held.has((row as { external_id: string }).external_id) && (row as { what: string }).what === 'person';
  assert.deepEqual(after.filter(isHeld), before.filter(isHeld));
  assert.deepEqual(
    await all(
      `select "external_id", "city" from "target"."customer_users" where "city" = 'Bergen' order by "external_id"::int`,
    ),
    [3, 4, 6, 7, 8, 9, 10].map((id) => ({ external_id: String(id), city: 'Bergen' })),
  );
  assert.deepEqual(await all(`select "external_id" from "target"."tickets" where "external_id"::int > 300`), [
    { external_id: '302' },
  ]);
  const view = await plans.get(engine.actor, plan.job.id);
  assert.deepEqual([view.summary.drifted, view.appliedBy], [9, job]);
  const { rows } = await plans.changes(engine.actor, plan.job.id, { page: 1, perPage: 200 });
  assert.deepEqual(
    rows.filter(({ drifted }) => drifted).map(({ rowNumber }) => rowNumber),
    [1, 2, 5, 50, 60, 121, 123, 131, 21],
  );
  const { created, updated, skipped } = (await engine.jobs.get(engine.actor, job)).counters;
  assert.deepEqual({ created, updated, skipped }, { created: 9, updated: 7, skipped: 137 });
});

test('a duplicate of a record that was changed or removed since is held', async () => {
  await all(
    `insert into "target"."customer_users" ("id", "tenant_id", "external_id", "name", "email") values
    ('0190e8a0-0000-7000-8000-000000000001', ?, 'x', 'ours', '1@example.com'),
    ('0190e8a0-0000-7000-8000-000000000002', ?, 'y', 'ours', '2@example.com'),
    ('0190e8a0-0000-7000-8000-000000000003', ?, 'z', 'ours', '3@example.com'),
    (gen_random_uuid(), gen_random_uuid(), 'w', 'of another tenant', '4@example.com')`,
    [engine.actor.tenantId, engine.actor.tenantId, engine.actor.tenantId],
  );
  const options = { options: { batchSize: 25, selectedTypes: ['customer_users'] } };
  const plan = await planned({ mode: MERGING, ...options });
  assert.deepEqual([plan.summary.create, plan.summary.update], [PEOPLE - 3, 3]);
  await all(`update "target"."customer_users" set "phone" = '1' where "external_id" = 'x'`);
  await all(`delete from "target"."customer_users" where "external_id" = 'y'`);
  await all(
    `insert into "target"."customer_users" ("id", "tenant_id", "external_id", "email") values (gen_random_uuid(), ?, 'n', '9@example.com')`,
    [engine.actor.tenantId],
  );
  const job = await applied(plan);
  assert.deepEqual(
    (await drifts(job)).map(([row]) => row),
    [1, 2, 9],
  );
  assert.deepEqual(await counters(job), { created: PEOPLE - 4, updated: 1, skipped: 3, failed: 0, duplicates: 1 });
});

test('a plan is applied once, by whoever comes first', async () => {
  const plan = await planned();
  const tries = await Promise.allSettled([1, 2, 3].map(() => plans.apply(engine.actor, plan.job.id)));
  const refused = tries
    .filter((one) => one.status === 'rejected')
    .map(({ reason }) => (reason as { code: string }).code);
  assert.deepEqual(refused, ['wrong_state', 'wrong_state']);
  const job = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value.job.id] : []))[0] ?? '';
  await engine.reached(job, 'completed');
  assert.equal(await engine.workflowEnd(plan.job.id), 'COMPLETED');
});

test('a cancelled plan leaves nothing behind and cannot be applied; a deleted one is gone with its rows', async () => {
  const { job } = await plans.create(engine.actor, { profileId, options: { batchSize: 1 } });
  await engine.progressed(job.id, 5);
  await engine.jobs.cancel(engine.actor, job.id);
  assert.deepEqual(await leftovers(), []);
  await assert.rejects(plans.apply(engine.actor, job.id), { code: 'wrong_state' });
  await engine.workflowEnd(job.id);
  await plans.delete(engine.actor, job.id);
  await assert.rejects(plans.get(engine.actor, job.id), { code: 'not_found' });
  assert.deepEqual(
    await all(
      `select from "import_plan_rows" where "job_number" = ?
    union all select from "import_plan_records" where "job_number" = ?
    union all select from "import_plan_chunks" where "job_number" = ?`,
      [job.number, job.number, job.number],
    ),
    [],
  );
});

test('a plan and its application go on where they were paused, with another worker', async () => {
  const { job } = await plans.create(engine.actor, { profileId, options: { batchSize: 3 } });
  await engine.progressed(job.id, 40);
  await engine.jobs.pause(engine.actor, job.id);
  await engine.restartWorker();
  await engine.jobs.resume(engine.actor, job.id);
  await engine.reached(job.id, 'completed');
  const plan = await plans.get(engine.actor, job.id);
  assert.equal(plan.summary.create, PEOPLE + CASES);

  const applying = await plans.apply(engine.actor, job.id);
  await engine.progressed(applying.job.id, 40);
  await engine.jobs.cancel(engine.actor, applying.job.id);
  await engine.workflowEnd(applying.job.id);
  await engine.source.query(`update people set name = 'changed at the source'`);
  // What was not reached is brought in by a retry, as planned.
  const retry = await engine.jobs.retry(engine.actor, applying.job.id);
  await engine.reached(retry.job.id, 'completed');
  assert.deepEqual(
    await all(`select count(*)::int as "people", count(*) filter (where "name" like 'person %')::int as "named"
      from "target"."customer_users"`),
    [{ people: PEOPLE, named: PEOPLE }],
  );
  assert.deepEqual(await drifts(retry.job.id), []);
});

test('what a plan brought in is certified and undone like any import', async () => {
  await imported();
  await engine.source.query(`update people set city = 'Bergen' where id <= 10;
    insert into people (id, name, city) select n, 'new ' || n, 'Rome' from generate_series(201, 230) as n`);
  const before = await target();
  const job = await applied(await planned());
  const certificate = await engine.jobs.certificate(engine.actor, job, new AbortController().signal);
  assert.equal(certificate.balanced, true);
  const rollbacks = createRollbacks(engine.deps);
  const undo = await rollbacks.create(engine.actor, job, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await engine.reached(undo.job.id, 'completed');
  assert.deepEqual(await target(), before);
});

test('rows that the database refuses are planned to fail, and fail', async () => {
  await imported();
  const forbid = (name: string): Promise<unknown> =>
    all(`alter table "target"."customer_users" add constraint "no_rome" check ("city" <> '${name}') not valid`);
  await forbid('Rome');
  await engine.source.query(
    `update people set city = 'Rome' where id in (7, 50); update people set city = 'Pisa' where id < 20 and id <> 7`,
  );
  try {
    const plan = await planned();
    assert.deepEqual(plan.summary, { create: 0, update: 18, skip: 190, fail: 2, review: 0, drifted: 0 });
    await all(`alter table "target"."customer_users" drop constraint "no_rome"`);
    const job = await applied(plan);
    assert.deepEqual(await counters(job), { created: 0, updated: 18, skipped: 190, failed: 2, duplicates: 0 });
    assert.deepEqual(await drifts(job), []);
  } finally {
    await all(`alter table "target"."customer_users" drop constraint if exists "no_rome"`);
  }
});
