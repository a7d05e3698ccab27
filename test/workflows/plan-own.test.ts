import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { createPlans } from '../../src/engine/plans/index.ts';
import type { Plans, PlanView } from '../../src/engine/plans/index.ts';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { registerTable } from '../support/own-targets.ts';
import { coded, fillPeople, makeImporter, peopleQuery } from '../support/people-source.ts';
import { fuzzy, SET } from './matching-stage.ts';

let engine: TestEngine;
let plans: Plans;

before(async () => {
  engine = await startTestEngine();
  plans = createPlans(engine.deps);
  await engine.startWorker();
});

after(() => engine.close());

const sql = (text: string): Promise<Record<string, unknown>[]> => engine.orm.em.fork().execute(text);

/** A shop whose table does things by itself: it fills, alters, checks, refers, and tells another table of it. */
async function makeShop(name: string): Promise<{ profileId: string; type: string }> {
  await sql(`
    create schema "${name}";
    create table "${name}"."regions" ("code" text primary key);
    insert into "${name}"."regions" values ('north'), ('south');
    create table "${name}"."log" ("what" text);
    create table "${name}"."buyers" (
      "id" serial primary key, "email" varchar(60) not null unique, "name" text check ("name" not like '%BAD%'),
      "region" text references "${name}"."regions", "credit" numeric(6,2), "level" integer not null default 3,
      "seen" timestamptz not null default now(), "nick" text unique,
      "label" text generated always as ("email" || ' ' || coalesce("region", '')) stored
    );
    create function "${name}"."alter_it"() returns trigger language plpgsql as
      $$ begin new."name" := upper(new."name"); return new; end $$;
    create function "${name}"."tell"() returns trigger language plpgsql as
      $$ begin insert into "${name}"."log" values (tg_op || ' ' || new."email"); return null; end $$;
    create trigger "alter_it" before insert or update on "${name}"."buyers" for each row execute function "${name}"."alter_it"();
    create trigger "tell" after insert or update on "${name}"."buyers" for each row execute function "${name}"."tell"();
    insert into "${name}"."buyers" ("email", "name", "region", "credit", "level", "nick") values
      ('known@x.example', 'KNOWN', 'north', 1, 7, 'k'), ('same@x.example', 'SAME', 'south', 2.5, 3, 's'),
      ('other@x.example', 'OTHER', null, null, 9, 'taken')`);
  await engine.source.query(`
    create table "${name}" (nr integer primary key, email text, name text, region text, credit text, level integer, nick text);
    insert into "${name}" values
      (1, 'known@x.example', 'Known too', 'south', '1.50', null, 'k'), (2, 'same@x.example', 'SAME', 'south', '2.50', 3, 's'),
      (3, 'new@x.example', 'new', 'north', '7', null, null), (4, 'lost@x.example', 'lost', 'nowhere', null, null, null),
      (5, 'bad@x.example', 'a bad one', null, null, null, null), (6, 'much@x.example', 'much', null, '99999.99', null, null),
      (7, 'new@x.example', 'new again', null, null, 4, null), (8, 'nick@x.example', 'nick', null, null, 1, 'taken'),
      (9, 'fine@x.example', 'fine', 'south', '0.10', 2, 'f'), (10, null, 'nobody', null, null, null, null)`);
  const { spec } = await registerTable(engine.orm, `${name}.buyers`, ['email'], { actor: engine.actor });
  const fields = ['email', 'name', 'region', 'credit', 'level', 'nick'].map((one) => ({ source: one, target: one }));
  const query: QueryConfiguration = { baseTable: name, joins: [], fields, filters: [], targetType: spec.type };
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, { [spec.type]: query });
  return { profileId, type: spec.type };
}

async function planned(profileId: string, input: Partial<CreateJobInput> = {}): Promise<PlanView> {
  const { job } = await plans.create(engine.actor, { profileId, options: { batchSize: 3 }, ...input });
  await engine.reached(job.id, 'completed');
  return plans.get(engine.actor, job.id);
}

async function ended(jobId: string): Promise<string> {
  await engine.reached(jobId, 'completed');
  return jobId;
}

const applied = async ({ job: { id } }: PlanView): Promise<string> =>
  ended((await plans.apply(engine.actor, id)).job.id);

const held = async (jobId: string): Promise<number[]> =>
  (await engine.jobs.issues(engine.actor, jobId, { code: 'drifted', page: 1, perPage: 50 })).rows.map(
    ({ rowNumber }) => rowNumber,
  );

/** What a shop holds, but for what the clock says and in which order numbers were given. */
const contents = async (name: string): Promise<unknown[]> => [
  await sql(`select to_jsonb("b") - 'id' - 'seen' as "row" from "${name}"."buyers" as "b" order by "email"`),
  await sql(`select * from "${name}"."log" order by 1`),
];

const outcomes = (jobId: string): Promise<unknown[]> =>
  sql(`select "row_number"::int, "source_identifier", "action"::text from "import_records"
    where "job_number" = (select "number" from "import_jobs" where "id" = '${jobId}') order by "row_number"`);

test('a plan into an own table changes nothing, and does when it is applied what the import would do', async () => {
  const one = await makeShop('imported');
  const imported = await ended(await engine.create({ profileId: one.profileId, options: { batchSize: 50 } }));
  const shop = await makeShop('planned');
  const before = [await contents('planned'), await sql(`select * from "planned"."buyers" order by 1`)];
  const plan = await planned(shop.profileId);
  assert.deepEqual([await contents('planned'), await sql(`select * from "planned"."buyers" order by 1`)], before);
  assert.deepEqual(plan.summary, { create: 2, update: 2, skip: 1, fail: 5, review: 0, drifted: 0 });
  const { rows } = await plans.changes(engine.actor, plan.job.id, { page: 1, perPage: 20 });
  assert.deepEqual(
    rows.map(({ rowNumber, action, fields }) => [rowNumber, action, Object.fromEntries(fields)]).slice(0, 4),
    [
      [
        1,
        'update',
        {
          name: { before: 'KNOWN', after: 'KNOWN TOO' },
          region: { before: 'north', after: 'south' },
          credit: { before: 1, after: 1.5 },
        },
      ],
      [2, 'skip', {}],
      [
        3,
        'create',
        {
          email: { before: null, after: 'new@x.example' },
          name: { before: null, after: 'new' },
          region: { before: null, after: 'north' },
          credit: { before: null, after: 7 },
        },
      ],
      [4, 'fail', {}],
    ],
  );

  await engine.source.query(`update "planned" set name = 'changed since'`);
  const job = await applied(plan);
  assert.deepEqual(await held(job), []);
  // The log apart: rows that are known to fail are not tried, so that the others need not be tried one by one.
  assert.deepEqual((await contents('planned'))[0], (await contents('imported'))[0]);
  assert.deepEqual(await outcomes(job), await outcomes(imported));
  const created = rows.find(({ rowNumber }) => rowNumber === 9);
  const [made] = await sql(`select "id" from "import_own_records" where "id" = '${created?.targetId}'`);
  assert.deepEqual(made, { id: created?.targetId });

  const undo = await createRollbacks(engine.deps).create(engine.actor, job, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await ended(undo.job.id);
  assert.deepEqual(
    await sql(`select "email", "region", "credit" from "planned"."buyers" order by "id"`),
    (before[1] as Record<string, unknown>[]).map(({ email, region, credit }) => ({ email, region, credit })),
  );
});

test('rows of an own table whose record was changed, removed or made since are held', async () => {
  const shop = await makeShop('drifting');
  const plan = await planned(shop.profileId);
  await sql(`update "drifting"."buyers" set "seen" = now() + interval '1 day' where "email" = 'known@x.example';
    delete from "drifting"."buyers" where "email" = 'same@x.example';
    insert into "drifting"."buyers" ("email") values ('fine@x.example')`);
  const before = await contents('drifting');
  const job = await applied(plan);
  assert.deepEqual(await held(job), [1, 2, 9]);
  const of = (state: unknown[]): unknown[] =>
    (state[0] as { row: { email: string } }[]).filter(({ row }) => row.email !== 'new@x.example');
  assert.deepEqual(of(await contents('drifting')), of(before));
  assert.equal((await plans.get(engine.actor, plan.job.id)).summary.drifted, 3);
});

test('types of which one refers to the other are planned one after the other', async () => {
  const buyers = await makeShop('chained');
  await sql(
    `create table "chained"."orders" ("id" integer primary key, "buyer" integer references "chained"."buyers")`,
  );
  const { spec } = await registerTable(engine.orm, 'chained.orders', ['id'], { actor: engine.actor });
  await engine.source.query(`create table "chained_orders" (id integer primary key, buyer integer)`);
  const query = (baseTable: string, targetType: string, names: string[]): QueryConfiguration => {
    const fields = names.map((one) => ({ source: one, target: one }));
    return { baseTable, joins: [], fields, filters: [], targetType };
  };
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, {
    [spec.type]: query('chained_orders', spec.type, ['id', 'buyer']),
    [buyers.type]: query('chained', buyers.type, ['email', 'name']),
  });
  await assert.rejects(plans.create(engine.actor, { profileId }), (error: { code: string; details: object }) => {
    const text = `${spec.type} refers to ${buyers.type}: plan and apply ${buyers.type} first, then plan ${spec.type}.`;
    assert.deepEqual([error.code, error.details], ['validation', { fields: { 'options.selected_types': [text] } }]);
    return true;
  });
  const plan = await planned(profileId, { options: { selectedTypes: [spec.type] } });
  assert.equal(plan.summary.create, 0);
});

test('more rows of an own table than can be tried together are not planned, and it is said why', async () => {
  const shop = await makeShop('crowded');
  await engine.source.query(`insert into "crowded" (nr, email, name)
    select n, n || '@x.example', repeat('x', 1000000) from generate_series(100, 120) as n`);
  const { job } = await plans.create(engine.actor, { profileId: shop.profileId });
  const { error } = await engine.reached(job.id, 'completed', 'failed');
  assert.equal(error?.code, 'wrong_state');
  assert.match(error.message, /takes up to 50000 rows and 16 MB .* Plan less at a time, by import_filters\.$/u);
  await assert.rejects(plans.apply(engine.actor, job.id), { code: 'wrong_state' });
  const limited = { options: { filters: { limit: 12 } } };
  assert.equal((await planned(shop.profileId, limited)).summary.create, 4);
});

test('rows that are alike are planned into an own table, too', async () => {
  await sql(`create table "members" ("id" serial primary key, "code" text unique,
    ${SET.fields.map(({ name }) => `"${name}" text`).join(', ')})`);
  await fillPeople(engine, 'incoming', coded('in', SET.incoming));
  const importer = await makeImporter(engine);
  const { spec } = await registerTable(engine.orm, 'members', ['code'], { actor: importer.actor });
  const names = SET.fields.map(({ name }) => `"${name}"`).join(', ');
  await fillPeople({ source: engine.source }, 'there', coded('there', SET.rows));
  await importer.run('there');
  await sql(`insert into "members" ("code", ${names}) select "external_id", ${names} from "target"."customer_users"
    where "tenant_id" = '${importer.actor.tenantId}'`);
  const { fields, ...rest } = peopleQuery('incoming');
  const query = {
    ...rest,
    targetType: spec.type,
    fields: fields.map((field) => (field.target === 'external_id' ? { ...field, target: 'code' } : field)),
  };
  const profileId = await makeProfile(engine.deps, importer.actor, engine.sourceUrl, { [spec.type]: query });
  const mode = fuzzy({ duplicateDetection: { confidenceThreshold: 99.9 } });
  const made = await plans.create(importer.actor, { profileId, ...mode });
  const { error, status } = await engine.reached(made.job.id, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  const { summary } = await plans.get(importer.actor, made.job.id);
  assert.ok(summary.update > 50 && summary.review > 0 && summary.create > 50, JSON.stringify(summary));
  const { job } = await plans.apply(importer.actor, made.job.id);
  await engine.reached(job.id, 'completed');
  const { counters } = await engine.jobs.get(importer.actor, job.id);
  const { create, update, skip, fail, review } = summary;
  assert.deepEqual(
    [counters.created, counters.updated, counters.skipped, counters.failed],
    [create, update, skip + review, fail],
  );
  assert.equal((await plans.get(importer.actor, made.job.id)).summary.drifted, 0);
});
