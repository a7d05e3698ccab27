import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { certifyJob } from '../../src/engine/certificates/certify-job.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import { registerTable } from '../support/own-targets.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { rawSession } from '../support/sessions.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: 40 });
  await engine.startWorker();
});

after(() => engine.close());

const sql = (text: string): Promise<Record<string, unknown>[]> => engine.orm.em.fork().execute(text);

/** An import of the source's contacts into a table of the store, known by their e-mails. */
async function contactsInto(table: string): Promise<{ type: string; profileId: string }> {
  const { spec } = await registerTable(engine.orm, table, ['email'], { actor: engine.actor });
  const query: QueryConfiguration = {
    baseTable: 'contacts',
    joins: [],
    fields: [
      { source: 'email', target: 'email' },
      { source: 'name', target: 'name' },
      { source: 'id / 3.0', target: 'score' },
    ].filter(({ target }) => spec.fields.some((field) => field.name === target)),
    filters: [],
    targetType: spec.type,
  };
  return {
    type: spec.type,
    profileId: await makeProfile(engine.deps, engine.actor, engine.sourceUrl, { [spec.type]: query }),
  };
}

async function certificate(jobId: string): Promise<[boolean, string[]]> {
  const { balanced, types } = await certifyJob(engine.deps, engine.actor, jobId, new AbortController().signal);
  return [balanced, types.flatMap(({ columns }) => columns.filter(({ equal }) => !equal).map(({ column }) => column))];
}

test('an import into an own table balances; a trigger that alters a column is caught and named', async () => {
  await sql(
    `create table "plain" ("id" serial primary key, "email" varchar(50) unique, "name" text, "score" double precision)`,
  );
  const { profileId } = await contactsInto('plain');
  const jobId = await engine.create({ profileId });
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await certificate(jobId), [true, []]);

  await sql(`create table "altered" ("id" serial primary key, "email" text unique, "name" text)`);
  await sql(`create function "alter_it"() returns trigger language plpgsql as
    $$ begin new."name" := upper(new."name"); return new; end $$`);
  await sql(`create trigger "alter_it" before insert on "altered" for each row execute function "alter_it"()`);
  const altered = await contactsInto('altered');
  const second = await engine.create({ profileId: altered.profileId });
  await engine.reached(second, 'completed');
  assert.deepEqual(await certificate(second), [false, ['name']]);
});

test('a rollback whose worker or session is killed again and again leaves the table as it was', async () => {
  await sql(
    `create table "struck" ("id" serial primary key, "email" text unique, "name" text, "note" text default 'none')`,
  );
  const { profileId } = await contactsInto('struck');
  const [known]: { email: string }[] = (
    await engine.source.query('select "email" from "contacts" order by "id" limit 1')
  ).rows;
  await engine.orm.em
    .fork()
    .execute(`insert into "struck" ("email", "name") values (?, 'there before')`, [known?.email]);
  const was = await sql(`select * from "struck"`);
  const jobId = await engine.create({ profileId });
  await engine.reached(jobId, 'completed');
  const { job } = await createRollback(engine.deps, engine.actor, jobId, {
    options: { batchSize: 1 },
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await using killer = await rawSession(engine.databaseUrl);
  for (let kills = 1; kills <= 4; kills++) {
    await engine.progressed(job.id, kills * 5);
    if (kills === 3) await engine.restartWorker();
    else
      await killer.query(
        `select pg_terminate_backend("pid") from "pg_stat_activity"
         where "datname" = current_database() and "pid" <> pg_backend_pid() and "xact_start" is not null`,
      );
  }
  await engine.reached(job.id, 'completed');
  assert.deepEqual(await sql(`select * from "struck"`), was);
  assert.deepEqual(
    await sql(
      `select "outcome", count(*)::int as "rows" from "import_undos" where "job_number" = ${job.number} group by 1`,
    ),
    [{ outcome: 'reversed', rows: 40 }],
  );
});

test('rows that the table refused are retried once it takes them', async () => {
  await sql(`create table "picky" ("id" serial primary key, "email" text unique, "name" text,
    constraint "no_seven" check ("name" not like '%7'))`);
  const { profileId } = await contactsInto('picky');
  const jobId = await engine.create({ profileId });
  const { status } = await engine.reached(jobId, 'completed', 'failed');
  assert.equal(status, 'completed');
  const { counters } = await engine.jobs.get(engine.actor, jobId);
  assert.deepEqual(counters, { created: 36, updated: 0, skipped: 0, failed: 4, duplicates: 0 });
  await sql(`alter table "picky" drop constraint "no_seven"`);
  const retried = await engine.jobs.retry(engine.actor, jobId, {});
  await engine.reached(retried.job.id, 'completed');
  const { counters: after } = await engine.jobs.get(engine.actor, retried.job.id);
  assert.deepEqual(after, { created: 4, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
  assert.deepEqual(await sql(`select count(*)::int as "n" from "picky"`), [{ n: 40 }]);
});

test('rows whose identity is converted on its way are read again, by a certificate and by a retry', async () => {
  await engine.source
    .query(`create table coded (id int primary key, code text, paid numeric(8, 2), day timestamp, yes boolean, name text);
    insert into coded select n, lpad(n::text, 4, '0'), n, timestamp '2024-01-01 10:00' + n * interval '1 day', true,
      case when n % 5 = 0 then 'bad' else 'good' end from generate_series(1, 20) as n`);
  await sql(`create table "coded" ("code" int, "paid" int, "day" date, "yes" text, "name" text, constraint "no_bad" check ("name" <> 'BAD'),
    primary key ("code", "paid", "day", "yes"))`);
  await sql(
    `create function "shout"() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$`,
  );
  await sql(`create trigger "shout" before insert on "coded" for each row execute function "shout"()`);
  const identity = ['code', 'paid', 'day', 'yes'];
  const { spec } = await registerTable(engine.orm, 'coded', identity, { actor: engine.actor });
  const fields = [...identity, 'name'].map((name) => ({ source: `coded.${name}`, target: name }));
  const query: QueryConfiguration = { baseTable: 'coded', joins: [], fields, filters: [], targetType: spec.type };
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, { [spec.type]: query });
  const jobId = await engine.create({ profileId });
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await certificate(jobId), [false, ['name']]);
  await sql(`alter table "coded" drop constraint "no_bad"`);
  const retried = await engine.jobs.retry(engine.actor, jobId, {});
  await engine.reached(retried.job.id, 'completed');
  const { counters } = await engine.jobs.get(engine.actor, retried.job.id);
  assert.deepEqual(counters, { created: 4, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
});

test('a table that has lost a column ends its job with a clear error, and nothing is half-written', async () => {
  await sql(`create table "moved" ("id" serial primary key, "email" text unique, "name" text)`);
  const { type, profileId } = await contactsInto('moved');
  await sql(`alter table "moved" drop column "name"`);
  const jobId = await engine.create({ profileId });
  const { error } = await engine.reached(jobId, 'completed', 'failed');
  assert.deepEqual(error, {
    code: 'wrong_state',
    message:
      `The table public.moved is not what the target ${type} was registered with: the column name is gone. ` +
      'Save the target again and start a new job.',
  });
  assert.deepEqual(await sql(`select count(*)::int as "n" from "moved"`), [{ n: 0 }]);
});

test('rows whose identity the table gives by itself are known by their key in the source, also by what refers to them', async () => {
  await sql(`create table "towns" ("town_id" serial primary key, "name" text not null)`);
  await sql(`insert into "towns" ("name") values ('there before'), ('this, too')`);
  await sql(`create table "people" ("person_id" integer primary key generated always as identity, "name" text,
    "email" text, "town_id" integer not null references "towns")`);
  await engine.source.query(`create table "places" ("id" integer primary key, "name" text)`);
  await engine.source.query(`insert into "places" values (1, 'Oslo'), (2, null), (3, 'Bergen')`);
  await engine.source.query(
    `create table "folk" ("id" integer primary key, "name" text, "email" text, "place" integer)`,
  );
  await engine.source.query(
    `insert into "folk" values (1, 'Ann', 'a@x', 3), (2, 'Bob', 'b@x', 1), (3, 'Cid', null, 2)`,
  );
  const { actor } = engine;
  const towns = await registerTable(engine.orm, 'towns', ['town_id'], { actor });
  const references = [{ field: 'town_id', target: towns.spec.type, whenUnknown: 'fail' as const }];
  const people = await registerTable(engine.orm, 'people', ['person_id'], { actor, references });
  const query = (baseTable: string, targetType: string, fields: Record<string, string>): QueryConfiguration => ({
    baseTable,
    joins: [],
    fields: Object.entries(fields).map(([source, target]) => ({ source, target })),
    filters: [],
    targetType,
  });
  const profileId = await makeProfile(engine.deps, actor, engine.sourceUrl, {
    [towns.spec.type]: query('places', towns.spec.type, { name: 'name' }),
    [people.spec.type]: query('folk', people.spec.type, { name: 'name', email: 'email', place: 'town_id' }),
  });
  const run = async (): Promise<{ jobId: string; counts: number[] }> => {
    const jobId = await engine.create({ profileId });
    await engine.reached(jobId, 'completed', 'failed');
    const { created, updated, skipped, failed } = (await engine.jobs.get(actor, jobId)).counters;
    return { jobId, counts: [created, updated, skipped, failed] };
  };
  const held = (): Promise<unknown[]> =>
    sql(`select "p"."name", "email", "t"."name" as "town" from "people" as "p" join "towns" as "t" using ("town_id")
      order by "person_id"`);
  const was = await sql(`select * from "towns"`);

  const first = await run();
  // The town 2 of the source has no name, and is not the town that the table calls 2.
  assert.deepEqual(first.counts, [4, 0, 0, 2]);
  const ann = { name: 'Ann', email: 'a@x', town: 'Bergen' };
  const bob = { name: 'Bob', email: 'b@x', town: 'Oslo' };
  assert.deepEqual(await held(), [ann, bob]);
  assert.deepEqual(await certificate(first.jobId), [true, []]);

  await engine.source.query(`update "places" set "name" = 'Voss' where "id" = 2`);
  await engine.source.query(`update "folk" set "email" = null where "id" = 1`);
  const second = await run();
  assert.deepEqual(second.counts, [2, 1, 3, 0]);
  assert.deepEqual(await held(), [{ ...ann, email: null }, bob, { name: 'Cid', email: null, town: 'Voss' }]);

  for (const { jobId } of [second, first]) {
    const { job } = await createRollback(engine.deps, actor, jobId, {
      options: {},
      confirmation: { understoodConsequences: true, backupCreated: true },
    });
    await engine.reached(job.id, 'completed');
  }
  assert.deepEqual(await held(), []);
  assert.deepEqual(await sql(`select * from "towns"`), was);
});
