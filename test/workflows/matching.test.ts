import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { people } from '../../bench/people.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { registerTable } from '../support/own-targets.ts';
import { coded, fillPeople, makeImporter, peopleQuery, person } from '../support/people-source.ts';

let engine: TestEngine;

const SET = people(1_000, 400, 'clean', 1);

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await fillPeople(engine, 'there', coded('there', SET.rows));
  await fillPeople(engine, 'incoming', coded('in', SET.incoming));
});

after(() => engine.close());

type Mode = NonNullable<CreateJobInput['mode']>;

const fuzzy = (mode: Mode = {}): { mode: Mode } => ({
  mode: { ...mode, duplicateDetection: { enabled: true, strategy: 'fuzzy', ...mode.duplicateDetection } },
});

/** Which of those who are there each of the incoming is, by their codes. */
const TRUTH = new Map(
  SET.truth.map(([there, incoming]) => [
    `in-${String(incoming).padStart(6, '0')}`,
    `there-${String(there).padStart(6, '0')}`,
  ]),
);

async function count(table: string): Promise<number> {
  const [row]: { n: string }[] = await engine.orm.em.fork().execute(`select count(*) as "n" from "${table}"`);
  return Number(row?.n);
}

async function assertNothingStaged(jobId: string): Promise<void> {
  await engine.workflowEnd(jobId);
  for (const table of [
    'rows',
    'units',
    'unit_keys',
    'pairs',
    'links',
    'nodes',
    'worklist',
    'marks',
    'results',
    'groups',
  ])
    assert.equal(await count(`import_match_${table}`), 0, table);
}

test('people who are there are found again, others are made, and it is said why', async () => {
  const importer = await makeImporter(engine);
  await importer.run('there');
  const jobId = await importer.run('incoming', fuzzy());
  const outcomes = await importer.outcomes(jobId);
  assert.equal(outcomes.size, 400);
  let wrong = 0;
  let missed = 0;
  for (const [code, { action, record, review }] of outcomes) {
    const truth = TRUTH.get(code);
    if (review !== null) continue;
    if (truth === undefined) wrong += action === 'created' ? 0 : 1;
    else if (action === 'created') missed++;
    else wrong += record === truth ? 0 : 1;
  }
  assert.ok(wrong <= 1, `${wrong} were taken for somebody else`);
  assert.ok(missed <= 4, `${missed} of ${TRUTH.size} were not found`);
  const [explained]: { matched: { strategy: string; fields: Record<string, object> } }[] = await engine.orm.em
    .fork()
    .execute(
      `select "matched" from "import_records" where "job_number" = (select "number" from "import_jobs" where "id" = ?)
       and "matched" -> 'fields' ? 'email' limit 1`.replace("? 'email'", `\\? 'email'`),
      [jobId],
    );
  assert.equal(explained?.matched.strategy, 'fuzzy');
  assert.deepEqual(Object.keys(explained.matched.fields['email'] ?? {}).toSorted(), [
    'confidence',
    'matchedValue',
    'weight',
  ]);
  await assertNothingStaged(jobId);

  const again = await importer.outcomes(await importer.run('incoming', fuzzy()));
  const actions = [...again.values()].map(({ action, review }) => (review === null ? action : null));
  assert.deepEqual(
    [...new Set(actions)].filter((action) => action !== null),
    ['skipped'],
  );
});

test('the answer does not depend on the order of rows or on the batch size', async () => {
  // Some come twice within the file, too.
  const rows = new Map([...coded('in', SET.incoming), ...coded('twin', SET.incoming.slice(0, 60))]);
  const reversed = new Map([...rows].toReversed());
  await fillPeople(engine, 'in_order', rows);
  await fillPeople(engine, 'shuffled', reversed);
  const one = await makeImporter(engine);
  await one.run('there');
  const first = await one.outcomes(await one.run('in_order', { ...fuzzy(), options: { batchSize: 5_000 } }));
  const other = await makeImporter(engine);
  await other.run('there');
  const second = await other.outcomes(await other.run('shuffled', { ...fuzzy(), options: { batchSize: 7 } }));
  assert.deepEqual(second, first);
  const twins = [...first].filter(([code]) => code.startsWith('twin-'));
  for (const [code, { action, record, review }] of twins) {
    const sibling = first.get(code.replace('twin', 'in'));
    if (review === null && sibling?.review === null)
      assert.deepEqual([action === 'created', record], [false, sibling.record], code);
  }
});

test('rows that are one person in the file become one record, which takes what each of them knows', async () => {
  const ada = { first_name: 'Adelaide', last_name: 'Quartermaine', city: 'Hobart', birth_date: '1971-03-09' };
  const rows = coded('row', SET.incoming.slice(0, 200));
  rows.set('x-1', person({ ...ada, email: 'adelaide.quartermaine@post.example' }));
  rows.set('x-2', person({ ...ada, email: 'adelaide.quartermaine@post.example', phone: '0399991234' }));
  rows.set('x-3', person({ ...ada, phone: '03 9999 1234', street: '12 Acacia Road' }));
  await fillPeople(engine, 'one_file', rows);
  const importer = await makeImporter(engine);
  const outcomes = await importer.outcomes(await importer.run('one_file', fuzzy()));
  assert.deepEqual(
    ['x-1', 'x-2', 'x-3'].map((code) => [outcomes.get(code)?.action, outcomes.get(code)?.record]),
    [
      ['created', 'x-1'],
      ['updated', 'x-1'],
      ['updated', 'x-1'],
    ],
  );
  const records = await importer.records();
  assert.equal(records.has('x-2') || records.has('x-3'), false);
  const { email, phone, street } = records.get('x-1') ?? {};
  assert.deepEqual([email, phone, street], ['adelaide.quartermaine@post.example', '03 9999 1234', '12 Acacia Road']);
});

test('ten thousand rows that say the same and enough of it are one record', async () => {
  const same = person({
    first_name: 'Ottoline',
    last_name: 'Featherstonehaugh',
    email: 'ottoline.featherstonehaugh@post.example',
    phone: '0399995678',
    birth_date: '1980-01-02',
  });
  const rows = coded('row', SET.incoming.slice(0, 300));
  for (let at = 0; at < 10_000; at++) rows.set(`same-${String(at).padStart(5, '0')}`, same);
  await fillPeople(engine, 'crowd', rows);
  const importer = await makeImporter(engine);
  await importer.run('crowd', { ...fuzzy(), options: { batchSize: 3_000 } });
  const made = [...(await importer.records()).keys()].filter((code) => code.startsWith('same-'));
  assert.deepEqual(made, ['same-00000']);
});

test('an update never overwrites by what is empty, and skipping changes nothing', async () => {
  const full = {
    first_name: 'Marguerite',
    last_name: 'Oldenburg',
    email: 'marguerite.oldenburg@post.example',
    phone: '0388887777',
    birth_date: '1966-11-30',
  };
  const there = coded('there', SET.rows);
  there.set('who', person({ ...full, company: 'Oldenburg & Daughters' }));
  await fillPeople(engine, 'fuller', there);
  const incoming = coded('in', SET.incoming);
  incoming.set('who-2', person({ ...full, city: 'Fremantle' }));
  await fillPeople(engine, 'emptier', incoming);
  const importer = await makeImporter(engine);
  await importer.run('fuller');
  const skipped = await importer.outcomes(await importer.run('emptier', fuzzy({ skipDuplicates: true })));
  assert.deepEqual([skipped.get('who-2')?.action, skipped.get('who-2')?.record], ['skipped', 'who']);
  const [before] = [(await importer.records()).get('who')];
  assert.deepEqual([before?.['company'], before?.['city']], ['Oldenburg & Daughters', null]);

  const updated = await importer.outcomes(await importer.run('emptier', fuzzy()));
  assert.deepEqual([updated.get('who-2')?.action, updated.get('who-2')?.record], ['updated', 'who']);
  const who = (await importer.records()).get('who');
  assert.deepEqual(
    [who?.['company'], who?.['city'], who?.['external_id']],
    ['Oldenburg & Daughters', 'Fremantle', 'who'],
  );
});

test('a match that is not sure enough waits for a person, and nothing is written of it', async () => {
  const hard = people(1_000, 400, 'hard', 3);
  await fillPeople(engine, 'hard_there', coded('there', hard.rows));
  await fillPeople(engine, 'hard_in', coded('in', hard.incoming));
  const importer = await makeImporter(engine);
  await importer.run('hard_there');
  const before = await importer.records();
  const detection = { confidenceThreshold: 99.9 };
  const outcomes = await importer.outcomes(await importer.run('hard_in', fuzzy({ duplicateDetection: detection })));
  const pending = [...outcomes].filter(([, { review }]) => review !== null);
  assert.ok(pending.length > 0);
  const records = await importer.records();
  for (const [code, { action, review, record, confidence }] of pending) {
    assert.deepEqual([action, review], ['skipped', 'pending']);
    assert.ok(confidence !== null && confidence >= 74.9 && confidence < 99.9, `${confidence}`);
    assert.ok(record !== null && records.has(record));
    assert.equal(records.has(code), false);
  }
  const created = [...outcomes.values()].filter(({ action }) => action === 'created').length;
  assert.equal(records.size, before.size + created);
});

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
  await assertNothingStaged(jobId);
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
