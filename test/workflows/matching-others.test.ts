import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { registerTable } from '../support/own-targets.ts';
import { coded, fillPeople, makeImporter, peopleQuery, person } from '../support/people-source.ts';
import { fillSource, fuzzy, SET, staged, TRUTH } from './matching-stage.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await fillSource(engine);
});

after(() => engine.close());

test('what people edit and others write is matched by the next import', async () => {
  const who = {
    first_name: 'Bartholomew',
    last_name: 'Featheringay',
    email: 'b.featheringay@post.example',
    phone: '0377776666',
    birth_date: '1959-07-01',
  };
  const rows = coded('in', SET.incoming);
  rows.set('edited', person(who));
  rows.set(
    'sql',
    person({
      ...who,
      first_name: 'Clementine',
      email: 'clementine@post.example',
      phone: '0344443333',
      birth_date: '1990-09-09',
    }),
  );
  await fillPeople(engine, 'edits_in', rows);
  const importer = await makeImporter(engine);
  await importer.run('there');
  // The keys of all are made.
  await importer.run('incoming', fuzzy());
  const em = engine.orm.em.fork();
  await em.execute(
    `update "target"."customer_users" set "first_name" = ?, "last_name" = ?, "email" = ?, "phone" = ?, "birth_date" = ?
     where "tenant_id" = ? and "external_id" = 'there-000000'`,
    [who.first_name, who.last_name, who.email, who.phone, who.birth_date, importer.actor.tenantId],
  );
  await em.execute(
    `insert into "target"."customer_users" ("id", "tenant_id", "external_id", "first_name", "last_name", "email", "phone",
       "birth_date") values (gen_random_uuid(), ?, 'by hand', 'Clementine', 'Featheringay', 'clementine@post.example',
       '0344443333', '1990-09-09')`,
    [importer.actor.tenantId],
  );
  await em.execute(`delete from "target"."customer_users" where "tenant_id" = ? and "external_id" = 'there-000001'`, [
    importer.actor.tenantId,
  ]);
  const outcomes = await importer.outcomes(await importer.run('edits_in', fuzzy()));
  assert.equal(outcomes.get('edited')?.record, 'there-000000');
  assert.equal(outcomes.get('sql')?.record, 'by hand');
  const keyed: { n: string }[] = await em.execute(
    `select count(*) as "n" from "import_match_records" as r where not exists (
       select from "target"."customer_users" as t where t."id" = r."record_id")`,
  );
  assert.deepEqual(
    keyed.map(({ n }) => Number(n)),
    [0],
  );
});

test('what was merged by likeness is undone, value by value', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const before = await importer.records();
  const jobId = await importer.run('incoming', fuzzy());
  assert.notDeepEqual(await importer.records(), before);
  const { job } = await createRollback(engine.deps, importer.actor, jobId, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  const { status, error } = await engine.reached(job.id, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  const values = (records: typeof before): object =>
    Object.fromEntries([...records].map(([code, record]) => [code, { ...record, updated_at: null }]));
  assert.deepEqual(values(await importer.records()), values(before));
});

test('a cancel in the match pass leaves nothing', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const before = await importer.records();
  const jobId = await importer.start('incoming', fuzzy());
  for (;;) {
    const rows: { phase: string }[] = await engine.orm.em
      .fork()
      .execute(`select "phase" from "import_matchings" where "job_id" = ? and "phase" <> 'stage'`, [jobId]);
    if (rows.length > 0) break;
  }
  await engine.jobs.cancel(importer.actor, jobId);
  assert.equal((await engine.job(jobId)).status, 'cancelled');
  assert.deepEqual(await importer.records(), before);
  assert.equal((await importer.outcomes(jobId)).size, 0);
  await engine.workflowEnd(jobId);
  assert.deepEqual(await staged(engine), []);
});

test('two imports at once do not make the same person twice', async () => {
  await fillPeople(engine, 'twice_a', coded('a', SET.incoming));
  await fillPeople(engine, 'twice_b', coded('b', SET.incoming));
  const importer = await makeImporter(engine);
  const mode = fuzzy({
    duplicateDetection: {
      primaryFields: ['email', 'phone'],
      secondaryFields: ['first_name', 'last_name', 'city', 'street', 'birth_date'],
    },
  });
  const jobs = await Promise.all([importer.start('twice_a', mode), importer.start('twice_b', mode)]);
  for (const jobId of jobs) await engine.reached(jobId, 'completed', 'failed');
  const emails: { email: string }[] = await engine.orm.em.fork().execute(
    `select lower("email") as "email" from "target"."customer_users" where "tenant_id" = ? and "email" is not null
     group by 1 having count(distinct left("external_id", 1)) > 1`,
    [importer.actor.tenantId],
  );
  assert.deepEqual(emails, []);
});

test('rows of an own table are matched too, whoever wrote them', async () => {
  const em = engine.orm.em.fork();
  await em.execute(
    `create table "clients" ("id" serial primary key, "code" text unique,
       ${SET.fields.map(({ name }) => `"${name}" ${name === 'birth_date' ? 'date' : 'varchar(200)'}`).join(', ')})`,
  );
  const importer = await makeImporter(engine);
  await importer.run('there');
  const fields = SET.fields.map(({ name }) => `"${name}"`).join(', ');
  await em.execute(
    `insert into "clients" ("code", ${fields}) select "external_id", ${fields} from "target"."customer_users"
     where "tenant_id" = ?`,
    [importer.actor.tenantId],
  );
  const { spec } = await registerTable(engine.orm, 'clients', ['code'], { actor: importer.actor });
  const query = { ...peopleQuery('incoming'), targetType: spec.type };
  const profileId = await makeProfile(engine.deps, importer.actor, engine.sourceUrl, {
    [spec.type]: {
      ...query,
      fields: query.fields.map((field) => (field.target === 'external_id' ? { ...field, target: 'code' } : field)),
    },
  });
  const { job } = await engine.jobs.create(importer.actor, { profileId, ...fuzzy() });
  const { status, error } = await engine.reached(job.id, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  const rows: { code: string; record: string }[] = await em.execute(
    `select r."source_identifier" as "code", t."code" as "record" from "import_records" as r
     join "import_own_records" as l on l."id" = r."duplicate_of"
     join "clients" as t on t."id"::text = l."row_key"[1]
     where r."job_number" = ? and r."review_status" is null and t."code" like 'there-%'`,
    [job.number],
  );
  const wrong = rows.filter(({ code, record }) => TRUTH.get(code) !== record);
  assert.ok(wrong.length <= 1, `${wrong.length} were taken for somebody else`);
  assert.ok(rows.length >= TRUTH.size - 4, `${rows.length} of ${TRUTH.size} were found`);
});

test('companies that share a name but for its legal form are found again by the same rows', async () => {
  await engine.source.query(
    `create table "firms" as
     select n || '-' || f as "code", n || ' ' || f as "name", c as "city", 'Germany' as "country"
     from unnest(array['Nordwind', 'Alpenblick', 'Rheintal', 'Sonnenhof', 'Bergmann', 'Havelland', 'Elbtal']) as n
     cross join unnest(array['GmbH', 'AG', 'Inc.', 'Ltd'], array['Berlin', 'Hamburg', 'Berlin', 'Bremen']) as form (f, c)`,
  );
  const { actor } = await makeImporter(engine);
  const fields = ['code', 'name', 'city', 'country'].map((column) => ({
    source: `firms.${column}`,
    target: column === 'code' ? 'external_id' : column,
  }));
  const accounts = { ...peopleQuery('firms'), fields, targetType: 'accounts' };
  const imported = async (input: object): Promise<number> => {
    const profileId = await makeProfile(engine.deps, actor, engine.sourceUrl, { accounts });
    const { job } = await engine.jobs.create(actor, { profileId, ...input });
    const { status, error } = await engine.reached(job.id, 'completed', 'failed');
    assert.deepEqual([status, error ?? null], ['completed', null]);
    return job.number;
  };
  await imported({});
  const again = await imported(fuzzy());
  const rows: { code: string; action: string; review: string | null; record: string | null }[] = await engine.orm.em
    .fork()
    .execute(
      `select r."source_identifier" as "code", r."action", r."review_status" as "review", t."external_id" as "record"
       from "import_records" as r left join "target"."accounts" as t on t."id" = r."duplicate_of"
       where r."job_number" = ? order by r."source_identifier"`,
      [again],
    );
  assert.equal(rows.length, 28);
  assert.deepEqual(
    rows,
    rows.map(({ code }) => ({ code, action: 'skipped', review: null, record: code })),
  );
});
