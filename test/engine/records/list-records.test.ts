import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Actor } from '../../../src/domain/actor.ts';
import type { QueryConfiguration } from '../../../src/domain/query.ts';
import type { RecordFilter } from '../../../src/engine/records/list-records.ts';
import { makeActor } from '../../support/factories.ts';
import { makeProfile, startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';

let engine: TestEngine;
const jobs: string[] = [];

const query = (baseTable: string, targetType: string, name: string): QueryConfiguration => ({
  name: null,
  baseTable,
  joins: [],
  filters: [],
  targetType,
  fields: [
    { source: 'id', target: 'external_id' },
    { source: name, target: targetType === 'tickets' ? 'subject' : 'email' },
    ...(targetType === 'tickets' ? [] : [{ source: 'born', target: 'birth_date' }]),
  ],
});

/** Two types; of the people some fail and some repeat an e-mail; a job that was cancelled; its retry. */
before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
  await engine.source.query(`
    create table people (id integer primary key, email text, born text);
    create table cases (id integer primary key, subject text);
    insert into people select n, (n % 40) || '@example.com', case when n % 10 = 0 then 'unknown' else '1970-01-01' end
    from generate_series(1, 60) as n;
    insert into cases select n, 'case ' || n from generate_series(1, 50) as n`);
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, {
    customer_users: query('people', 'customer_users', 'email'),
    tickets: query('cases', 'tickets', 'subject'),
  });
  const detection = { enabled: true, strategy: 'exact', primaryFields: ['email'] } as const;
  const first = await engine.create({ profileId, options: { batchSize: 7 }, mode: { duplicateDetection: detection } });
  await engine.reached(first, 'completed');
  const cancelled = await engine.create({ profileId, options: { batchSize: 1 } });
  await engine.progressed(cancelled, 20);
  await engine.jobs.cancel(engine.actor, cancelled);
  await engine.source.query(`update people set born = '1970-01-01' where id <= 30`);
  const { job } = await engine.jobs.retry(engine.actor, cancelled);
  await engine.reached(job.id, 'completed');
  const validation = await engine.create({ profileId, kind: 'validate' });
  await engine.reached(validation, 'completed');
  jobs.push(first, cancelled, job.id);
  await engine.orm.em.fork().execute(
    `update "import_records" set "review_status" = case when "row_number" % 2 = 0 then 'approved' else 'rejected' end
     where "duplicate_of" is not null or "row_number" = 3`,
  );
});

after(() => engine.close());

const CONDITIONS: Readonly<Record<string, readonly [RecordFilter, string]>> = {
  all: [{}, 'true'],
  failed: [{ action: 'failed' }, `"action" = 'failed'`],
  created: [{ action: 'created' }, `"action" = 'created'`],
  tickets: [{ targetType: 'tickets' }, `"target_ordinal" = 1`],
  'failed tickets': [{ targetType: 'tickets', action: 'failed' }, 'false'],
  duplicates: [{ hasDuplicates: true }, `"duplicate_of" is not null`],
  'skipped duplicates': [
    { hasDuplicates: true, action: 'skipped' },
    `"duplicate_of" is not null and "action" = 'skipped'`,
  ],
  'created ones without duplicates': [
    { hasDuplicates: false, action: 'created' },
    `"duplicate_of" is null and "action" = 'created'`,
  ],
  'no duplicates': [{ hasDuplicates: false }, `"duplicate_of" is null`],
  'sure duplicates': [{ confidenceMin: 100 }, `"duplicate_of" is not null`],
  'half sure duplicates': [{ confidenceMin: 99.5 }, `"duplicate_of" is not null`],
  'approved ones': [{ reviewStatus: 'approved' }, `"review_status" = 'approved'`],
  'rejected tickets': [
    { reviewStatus: 'rejected', targetType: 'tickets' },
    `"review_status" = 'rejected' and "target_ordinal" = 1`,
  ],
  'rejected ones that are no duplicates': [
    { reviewStatus: 'rejected', hasDuplicates: false },
    `"review_status" = 'rejected' and "duplicate_of" is null`,
  ],
  'unlikely ones': [{ hasDuplicates: false, confidenceMin: 10 }, 'false'],
};

async function expected(condition: string): Promise<string[]> {
  const rows: { key: string }[] = await engine.orm.em.fork().execute(
    `select "job_number" || ' ' || "target_ordinal" || ' ' || "row_number" as "key" from "import_records"
     where ${condition} order by "job_number" desc, "target_ordinal", "row_number"`,
  );
  return rows.map((row) => row.key);
}

async function listed(filter: RecordFilter, perPage: number): Promise<{ keys: string[]; totals: Set<number> }> {
  const keys: string[] = [];
  const totals = new Set<number>();
  for (let page = 1; ; page++) {
    const { rows, total } = await engine.jobs.records(engine.actor, { ...filter, page, perPage });
    totals.add(total);
    if (rows.length === 0) return { keys, totals };
    keys.push(...rows.map(({ record: r }) => `${r.jobNumber} ${r.targetOrdinal} ${r.rowNumber}`));
  }
}

for (const [what, [filter, condition]] of Object.entries(CONDITIONS)) {
  test(`pages of ${what} put together are all of them, each once and in order, with their exact number`, async () => {
    const all = await expected(condition);
    if (condition !== 'false') assert.ok(all.length > 0);
    for (const perPage of [7, 1_000])
      assert.deepEqual(await listed(filter, perPage), { keys: all, totals: new Set([all.length]) });
  });
}

test('the records of one job are those of that job', async () => {
  for (const jobId of jobs) {
    const { number } = await engine.job(jobId);
    const all = await expected(`"job_number" = ${number}`);
    assert.deepEqual((await listed({ jobId }, 25)).keys, all);
  }
});

test('a failed record says why, a duplicate of what', async () => {
  const { rows } = await engine.jobs.records(engine.actor, { jobId: jobs[0], action: 'failed', page: 1, perPage: 1 });
  const [failed] = rows;
  assert.match(failed?.record.error ?? '', /^The birth_date field must be /);
  const duplicates = await engine.jobs.records(engine.actor, {
    jobId: jobs[0],
    hasDuplicates: true,
    page: 1,
    perPage: 1,
  });
  const [duplicate] = duplicates.rows;
  assert.equal(duplicate?.record.duplicateOf, duplicate?.record.targetId);
  assert.equal(duplicate?.record.sourceIdentifier, '41');
});

test('nobody sees the records of another tenant, an agent only those of his own jobs', async () => {
  const stranger = await makeActor(engine.orm);
  const agent: Actor = { ...engine.actor, role: 'agent', userId: stranger.userId };
  for (const actor of [stranger, agent])
    assert.deepEqual(await engine.jobs.records(actor, { page: 1, perPage: 10 }), { rows: [], total: 0 });
});
