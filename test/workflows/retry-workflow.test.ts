import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import { recordId } from '../../src/domain/record.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

const PEOPLE = 300;
const CASES = 400;

let engine: TestEngine;
let profileId: string;

const query = (
  baseTable: string,
  targetType: string,
  fields: Record<string, string>,
  more: Partial<QueryConfiguration> = {},
): QueryConfiguration => ({
  name: null,
  baseTable,
  joins: [],
  filters: [],
  targetType,
  fields: Object.entries(fields).map(([target, source]) => ({ target, source })),
  ...more,
});

const QUERIES = {
  customer_users: query('people', 'customer_users', { external_id: 'id', name: 'name', birth_date: 'born' }),
  tickets: query('cases', 'tickets', { external_id: 'id', subject: 'subject', customer_user_id: 'person_id' }),
};

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
});

after(() => engine.close());

beforeEach(async () => {
  await engine.emptyTarget();
  await engine.source.query(`
    drop table if exists people, cases;
    create table people (id integer primary key, name text, born text);
    create table cases (id integer primary key, subject text, person_id integer);
    insert into people select n, 'person ' || n, date '1970-01-01' + n from generate_series(1, ${PEOPLE}) as n;
    insert into cases select n, 'case ' || n, 1 + n % ${PEOPLE} from generate_series(1, ${CASES}) as n;`);
  profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
});

const BREAK = `update people set born = 'unknown ' || id where id % 15 = 0`;
const MEND = `update people set born = date '1970-01-01' + id where born like 'unknown%'`;

async function run(input: Partial<CreateJobInput> = {}, profile = profileId): Promise<string> {
  const jobId = await engine.create({ profileId: profile, options: { batchSize: 25 }, ...input });
  await engine.reached(jobId, 'completed');
  return jobId;
}

async function retry(jobId: string, recordIds: readonly string[] | null = null): Promise<string> {
  const { job } = await engine.jobs.retry(engine.actor, jobId, { recordIds });
  await engine.reached(job.id, 'completed');
  return job.id;
}

/** What the target holds of a profile, by identifiers of the source. */
async function target(profile: string): Promise<unknown[]> {
  return engine.orm.em.fork().execute(
    `select 'person' as "what", "external_id", "name", "birth_date"::text as "more", encode("source_hash", 'hex') as "hash"
     from "target"."customer_users" where "source_id" = ?
     union all
     select 'case', "t"."external_id", "t"."subject", "c"."external_id", null
     from "target"."tickets" as "t" left join "target"."customer_users" as "c" on "c"."id" = "t"."customer_user_id"
     where "t"."source_id" = ? order by 1, 2`,
    [profile, profile],
  );
}

/** What became of each source row by the newest of some jobs' records of it. */
async function outcomes(...jobIds: readonly string[]): Promise<unknown[]> {
  return engine.orm.em.fork().execute(
    `select distinct on ("target_ordinal", "row_number") "target_ordinal", "row_number"::int, "source_identifier",
       case when "action" = 'updated' then 'created' else "action"::text end as "action"
     from "import_records" join "import_jobs" as "j" on "j"."number" = "job_number"
     where "j"."id" = any(?::uuid[]) order by "target_ordinal", "row_number", "attempt" desc`,
    [`{${jobIds.join(',')}}`],
  );
}

async function ledger(jobId: string, targetOrdinal = 0): Promise<unknown[]> {
  return engine.orm.em.fork().execute(
    `select "row_number"::int as "row", "source_identifier" as "identifier", "action"::text, "attempt"
     from "import_records" join "import_jobs" as "j" on "j"."number" = "job_number"
     where "j"."id" = ? and "target_ordinal" = ? order by "row_number"`,
    [jobId, targetOrdinal],
  );
}

test('a retry after the source was mended ends equal to a clean run', async () => {
  await engine.source.query(BREAK);
  const first = await run();
  assert.deepEqual(await engine.counters(first), {
    created: 280 + CASES,
    updated: 0,
    skipped: 0,
    failed: 20,
    duplicates: 0,
  });
  await engine.source.query(MEND);
  const again = await retry(first);

  const { job, counters: done } = await engine.jobs.get(engine.actor, again);
  assert.equal(job.kind, 'retry');
  assert.equal(job.parentJobId, first);
  // The cases of those people are read again as well: they lack whom they belong to.
  assert.deepEqual([done.created, done.failed], [20, 0]);
  assert.equal(done.updated, job.estimatedTotal === null ? 0 : Number(job.estimatedTotal) - 20);
  assert.deepEqual(
    await ledger(again),
    Array.from({ length: 20 }, (_, index) => {
      const row = (index + 1) * 15;
      return { row, identifier: String(row), action: 'created', attempt: 2 };
    }),
  );
  const { type } = await engine.temporal.workflow.getHandle(again).describe();
  assert.equal(type, 'retryWorkflow');

  const clean = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
  const cleanJob = await run({}, clean);
  assert.deepEqual(await target(profileId), await target(clean));
  assert.deepEqual(await outcomes(first, again), await outcomes(cleanJob));
});

test('rows that were never read because the job was cancelled are read by its retry', async () => {
  await engine.source.query(BREAK);
  const first = await engine.create({ profileId, options: { batchSize: 10 } });
  await engine.progressed(first, 40);
  await engine.jobs.cancel(engine.actor, first);
  await engine.source.query(MEND);
  const again = await retry(first);
  const clean = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
  const cleanJob = await run({}, clean);
  assert.deepEqual(await target(profileId), await target(clean));
  assert.deepEqual(await outcomes(first, again), await outcomes(cleanJob));
});

test('a retry can be paused, resumed, cancelled and retried itself, attempt after attempt', async () => {
  await engine.source.query(`update people set born = 'unknown'`);
  const first = await run();
  await engine.source.query(`update people set born = '1970-01-01' where id <= 290`);
  const { job } = await engine.jobs.retry(engine.actor, first, { batchSize: 5 });
  await engine.progressed(job.id, 20);
  await engine.jobs.pause(engine.actor, job.id);
  const paused = await engine.counters(job.id);
  await engine.jobs.resume(engine.actor, job.id);
  await engine.progressed(job.id, 60);
  await engine.jobs.cancel(engine.actor, job.id);
  assert.notDeepEqual(await engine.counters(job.id), paused);

  const third = await retry(job.id);
  assert.deepEqual((await ledger(third)).at(-1), { row: 300, identifier: '300', action: 'failed', attempt: 3 });
  await engine.source.query(`update people set born = '1970-01-01'`);
  const fourth = await retry(first);
  assert.deepEqual(
    await ledger(fourth),
    Array.from({ length: 10 }, (_, index) => {
      return { row: 291 + index, identifier: String(291 + index), action: 'created', attempt: 4 };
    }),
  );
  await assert.rejects(engine.jobs.retry(engine.actor, first, {}), {
    code: 'wrong_state',
    message: 'The import job has no failed or unprocessed records to retry.',
  });
});

test('rows that are gone at the source are told as such', async () => {
  await engine.source.query(BREAK);
  const first = await run({ options: { batchSize: 25, selectedTypes: ['customer_users'] } });
  await engine.source.query(`${MEND}; delete from people where id = 30`);
  const again = await retry(first);
  assert.deepEqual(await engine.counters(again), { created: 19, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  const { rows } = await engine.jobs.issues(engine.actor, again, { page: 1, perPage: 10 });
  assert.deepEqual(
    rows.map(({ rowNumber, code, message, value }) => ({ rowNumber, code, message, value })),
    [{ rowNumber: 30, code: 'source_missing', message: 'The source does not give this row any more.', value: '30' }],
  );
});

test('chosen records alone are retried', async () => {
  await engine.source.query(BREAK);
  const first = await run({ options: { batchSize: 25, selectedTypes: ['customer_users'] } });
  await engine.source.query(MEND);
  const { number } = await engine.job(first);
  const id = (rowNumber: number): string => recordId({ jobNumber: number, targetOrdinal: 0, rowNumber });
  const chosen = await retry(first, [id(45), id(15)]);
  assert.deepEqual(await ledger(chosen), [
    { row: 15, identifier: '15', action: 'created', attempt: 2 },
    { row: 45, identifier: '45', action: 'created', attempt: 2 },
  ]);
  await assert.rejects(engine.jobs.retry(engine.actor, first, { recordIds: [id(15), id(1), chosen] }), {
    code: 'validation',
    details: {
      fields: {
        'record_ids.0': ['The record is none that failed, or it has been retried with success.'],
        'record_ids.1': ['The record is none that failed, or it has been retried with success.'],
        'record_ids.2': ['The record is none of this import job.'],
      },
    },
  });
  const rest = await retry(first);
  assert.deepEqual(await engine.counters(rest), { created: 18, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
});

test('where rows share an identifier the last one wins, as if none had failed', async () => {
  await engine.source.query(`
    create table if not exists visits (id integer primary key, person text, name text, born text);
    truncate visits;
    insert into visits select n, 'p' || n % 5, 'name ' || n, '1970-01-01' from generate_series(1, 20) as n;
    update visits set born = 'unknown' where id in (3, 7, 18)`);
  const visits = {
    customer_users: query('visits', 'customer_users', { external_id: 'person', name: 'name', birth_date: 'born' }),
  };
  const mine = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, visits);
  const first = await run({}, mine);
  await engine.source.query(`update visits set born = '1980-02-0' || (id % 9 + 1)`);
  await retry(first);
  const clean = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, visits);
  await run({}, clean);
  const retried = async (profile: string): Promise<unknown[]> => {
    const rows = (await target(profile)) as { external_id: string }[];
    return rows.filter((row) => row.external_id === 'p2' || row.external_id === 'p3');
  };
  assert.deepEqual(await retried(mine), await retried(clean));
  assert.equal((await retried(mine)).length, 2);
});

test('a job that runs, a validation and a job that lacks nothing are not retried', async () => {
  const running = await engine.create({ profileId, options: { batchSize: 1 } });
  await assert.rejects(engine.jobs.retry(engine.actor, running, {}), {
    code: 'wrong_state',
    message: 'Cannot retry an import job that is running.',
  });
  await engine.jobs.cancel(engine.actor, running);
  const validation = await run({ kind: 'validate' });
  await assert.rejects(engine.jobs.retry(engine.actor, validation, {}), {
    code: 'wrong_state',
    message: 'A job of the kind validate cannot be retried.',
  });
  const whole = await run();
  await assert.rejects(engine.jobs.retry(engine.actor, whole, {}), {
    code: 'wrong_state',
    message: 'The import job has no failed or unprocessed records to retry.',
  });
});
