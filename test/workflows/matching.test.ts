import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { people } from '../../bench/people.ts';
import { createBulk } from '../../src/engine/bulk/index.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter, person } from '../support/people-source.ts';
import { fillSource, fuzzy, SET, staged, TRUTH } from './matching-stage.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await fillSource(engine);
});

after(() => engine.close());

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
  await engine.workflowEnd(jobId);
  assert.deepEqual(await staged(engine), []);

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
  const jobId = await importer.run('hard_in', fuzzy({ duplicateDetection: detection }));
  const outcomes = await importer.outcomes(jobId);
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

  // Once a person has agreed they are merged into what they resemble.
  const { approved } = await createBulk(engine.deps).approve(
    importer.actor,
    { recordIds: null, criteria: { jobId, reviewStatus: 'pending' }, approval: { create: false, update: true } },
    AbortSignal.timeout(30_000),
  );
  assert.equal(approved, pending.length);
  assert.deepEqual([...(await importer.records()).keys()].toSorted(), [...records.keys()].toSorted());
  const states = await engine.orm.em.fork().execute<{ records: number }[]>(
    `select sum("records")::int as "records" from "import_match_counts"
     where "state" = 'duplicate' and "job_number" = (select "number" from "import_jobs" where "id" = ?)`,
    [jobId],
  );
  assert.deepEqual(states, [{ records: pending.length }]);
});
