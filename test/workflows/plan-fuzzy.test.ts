import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { people } from '../../bench/people.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { createBulk } from '../../src/engine/bulk/index.ts';
import { createPlans } from '../../src/engine/plans/index.ts';
import type { Plans, PlanView } from '../../src/engine/plans/index.ts';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter, person } from '../support/people-source.ts';
import type { Importer } from '../support/people-source.ts';
import { fuzzy, staged } from './matching-stage.ts';

let engine: TestEngine;
let plans: Plans;

/** People who are written quite differently when they come again; some come twice. */
const SET = people(800, 200, 'hard', 3);
const INCOMING = new Map([...coded('in', SET.incoming), ...coded('twin', SET.incoming.slice(0, 40))]);

/** What is less sure than this, a person has to look at. */
const THRESHOLD = 99.9;

const FUZZY = { ...fuzzy({ duplicateDetection: { confidenceThreshold: THRESHOLD } }), options: { batchSize: 37 } };

before(async () => {
  engine = await startTestEngine();
  plans = createPlans(engine.deps);
  await engine.startWorker();
  await fillPeople(engine, 'there', coded('there', SET.rows));
  await fillPeople(engine, 'incoming', INCOMING);
});

after(() => engine.close());

/** Somebody who has the people who are there. */
async function beginner(): Promise<Importer> {
  const importer = await makeImporter(engine);
  await importer.run('there');
  return importer;
}

async function planned(importer: Importer, table: string, input: Partial<CreateJobInput> = FUZZY): Promise<PlanView> {
  const { job } = await plans.create(importer.actor, { profileId: await importer.profile(table), ...input });
  await engine.reached(job.id, 'completed');
  return plans.get(importer.actor, job.id);
}

async function applied({ actor }: Importer, { job: { id } }: PlanView): Promise<string> {
  const { job } = await plans.apply(actor, id);
  await engine.reached(job.id, 'completed');
  return job.id;
}

/** Identifiers of the rows that a job held. */
async function held({ actor }: Importer, jobId: string): Promise<string[]> {
  const { rows } = await engine.jobs.issues(actor, jobId, { code: 'drifted', page: 1, perPage: 100 });
  const codes = [...INCOMING.keys()];
  return rows.map(({ rowNumber }) => codes[rowNumber - 1] ?? '');
}

test('a plan by likeness, applied, is the import of the same rows', async () => {
  const one = await beginner();
  const imported = await one.outcomes(await one.run('incoming', FUZZY));
  const count = (action: string, review: string | null): number =>
    [...imported.values()].filter((row) => row.action === action && row.review === review).length;

  const other = await beginner();
  const before = await other.records();
  const plan = await planned(other, 'incoming');
  assert.deepEqual(await other.records(), before);
  const summary = {
    create: count('created', null),
    update: count('updated', null),
    skip: count('skipped', null),
    fail: count('failed', null),
    review: count('skipped', 'pending'),
    drifted: 0,
  };
  assert.deepEqual(plan.summary, summary);
  assert.ok(summary.create > 50 && summary.update > 50 && summary.review > 5, JSON.stringify(summary));
  const { rows, total } = await plans.changes(other.actor, plan.job.id, { action: 'review', page: 1, perPage: 100 });
  assert.deepEqual([rows.length, total], [summary.review, summary.review]);
  for (const { action, duplicateOf, targetId, fields } of rows) {
    assert.deepEqual([action, typeof duplicateOf, targetId, fields.size], ['review', 'string', null, 0]);
  }

  // What the source says by now is no matter.
  await engine.source.query(`update "incoming" set "last_name" = 'Changed', "email" = null`);
  const job = await applied(other, plan);
  await engine.source.query(`drop table "incoming"`);
  await fillPeople(engine, 'incoming', INCOMING);
  assert.deepEqual(await other.outcomes(job), imported);
  assert.deepEqual((await plans.get(other.actor, plan.job.id)).summary, summary);
  await engine.workflowEnd(job);
  assert.deepEqual(await staged(engine), []);
  const certificate = await engine.jobs.certificate(other.actor, job, new AbortController().signal);
  assert.equal(certificate.balanced, true);

  // What waits for a person was held by the job, and can be let in.
  const { approved } = await createBulk(engine.deps).approve(
    other.actor,
    { recordIds: null, criteria: { jobId: job, reviewStatus: 'pending' }, approval: { create: false, update: true } },
    AbortSignal.timeout(30_000),
  );
  assert.equal(approved, summary.review);
});

test('a row whose likeness was changed, removed or made since is held; the rest arrives, and is undone', async () => {
  const importer = await beginner();
  const plan = await planned(importer, 'incoming');
  const of = async (action: 'create' | 'update'): Promise<{ code: string; target: string }[]> => {
    const { rows } = await plans.changes(importer.actor, plan.job.id, { action, page: 1, perPage: 300 });
    return rows.flatMap(({ sourceIdentifier, targetId }) =>
      sourceIdentifier?.startsWith('in-') === true && targetId !== null
        ? [{ code: sourceIdentifier, target: targetId }]
        : [],
    );
  };
  const alone = async (action: 'create' | 'update'): Promise<{ code: string; target: string }[]> => {
    const all = await plans.changes(importer.actor, plan.job.id, { page: 1, perPage: 300 });
    const met = Map.groupBy(all.rows, ({ targetId, duplicateOf }) => duplicateOf ?? targetId ?? '');
    return (await of(action)).filter(({ target }) => met.get(target)?.length === 1);
  };
  const [edited, removed] = await alone('update');
  const full = (await alone('create')).filter(({ code }) => {
    const [first, last, email, phone] = ['first_name', 'last_name', 'email', 'phone'].map(
      (name) => SET.incoming[Number(code.slice(3))]?.[SET.fields.findIndex((field) => field.name === name)],
    );
    return first && last && email && phone;
  });
  const [made] = full;
  assert.ok(edited && removed && made);
  const store = engine.orm.em.fork();
  await store.execute(`update "target"."customer_users" set "notes" = 'by a person' where "id" = ?`, [edited.target]);
  await store.execute(`delete from "target"."customer_users" where "id" = ?`, [removed.target]);
  // Somebody else imports the same person, without knowing his identifier.
  const values = Object.fromEntries(
    SET.fields.map(({ name }, at) => [name, SET.incoming[Number(made.code.slice(3))]?.[at] ?? '']),
  );
  await fillPeople(engine, 'others', new Map([['x-1', person({ ...values, street: '1 Other Street' })]]));
  await importer.run('others');
  const before = await importer.records();

  const job = await applied(importer, plan);
  assert.deepEqual(await held(importer, job), [edited.code, removed.code, made.code].toSorted());
  const records = await importer.records();
  assert.equal(records.has(made.code), false);
  const { summary } = await plans.get(importer.actor, plan.job.id);
  assert.deepEqual(summary, { ...plan.summary, drifted: 3 });
  const outcomes = await importer.outcomes(job);
  assert.equal([...outcomes.values()].filter(({ action }) => action === 'created').length, summary.create - 1);
  assert.equal([...outcomes.values()].filter(({ action }) => action === 'updated').length, summary.update - 2);

  const undo = await createRollbacks(engine.deps).create(importer.actor, job, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await engine.reached(undo.job.id, 'completed');
  assert.deepEqual(await importer.records(), before);
});
