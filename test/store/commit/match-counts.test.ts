import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(6);

const ada = { external_id: 'a', name: 'Ada', email: 'ada@x' };
const bob = { external_id: 'b', name: 'Bob', email: 'bob@x' };
const twinsOf = (row: typeof ada, ...ids: readonly string[]): (typeof ada)[] =>
  ids.map((external_id) => ({ ...row, external_id }));

/** What is counted of a job: strategy, confidence, state, records, sum of confidences; no zeros. */
async function counted({ jobNumber }: Pick<TestImport, 'jobNumber'>): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select concat_ws(' ', nullif("strategy", ''), "confidence", "state", "records", "confidence_sum") as "text"
     from "import_match_counts" where "job_number" = $1 and "records" <> 0 order by 1`,
    [jobNumber],
  );
  return rows.map(({ text }) => text);
}

/** Changes records of a job as whoever reviews them does. */
async function change({ jobNumber }: TestImport, set: string, rows: readonly number[]): Promise<void> {
  await pool.query(`update "import_records" set ${set} where "job_number" = $1 and "row_number" = any($2)`, [
    jobNumber,
    rows,
  ]);
}

test('the matches of a chunk are counted in its transaction, chunk after chunk', async () => {
  const job = await startImport(orm, { detect: ['email'] });
  await job.commit([ada, bob]);
  assert.deepEqual(await counted(job), []);
  await job.commit(twinsOf(ada, 'a2', 'a3'));
  assert.deepEqual(await counted(job), ['exact 100 unreviewed 2 200']);
  await job.commit([...twinsOf(bob, 'b2'), { external_id: 'c', name: 'Cyd', email: 'cyd@x' }]);
  assert.deepEqual(await counted(job), ['exact 100 unreviewed 3 300']);
});

test('what is not committed is not counted', async () => {
  const job = await startImport(orm, { detect: ['email'] });
  const late = await job.claim();
  await job.claim();
  await assert.rejects(job.commit([ada, ...twinsOf(ada, 'a2')], { claim: late }), { code: 'superseded' });
  assert.deepEqual(await counted(job), []);
  const validation = await startImport(orm, { detect: ['email'], kind: 'validate' });
  assert.equal((await validation.commit([ada, ...twinsOf(ada, 'a2')])).counters.duplicates, 1);
  assert.deepEqual(await counted(validation), []);
});

test('a record that is changed takes its count along', async () => {
  const job = await startImport(orm, { detect: ['email'] });
  await job.commit([ada, ...twinsOf(ada, '2', '3', '4', '5', '6')]);
  await change(job, `"matched" = "matched" || '{"strategy": "fuzzy", "confidence": 87.25}'`, [2, 3, 4]);
  assert.deepEqual(await counted(job), ['exact 100 unreviewed 2 200', 'fuzzy 87 unreviewed 3 261.75']);
  await change(job, `"review_status" = 'pending'`, [2, 3, 4]);
  assert.deepEqual(await counted(job), ['exact 100 unreviewed 2 200', 'fuzzy 87 pending 3 261.75']);
  await change(job, `"review_status" = 'approved'`, [2, 5]);
  await change(job, `"review_status" = 'rejected'`, [3]);
  // Let in, but as a person of his own.
  await change(job, `"review_status" = 'approved', "review_verdict" = 'distinct'`, [4]);
  const judged = [
    'exact 100 duplicate 1 100',
    'exact 100 unreviewed 1 100',
    'fuzzy 87 distinct 2 174.50',
    'fuzzy 87 duplicate 1 87.25',
  ];
  assert.deepEqual(await counted(job), judged);
  // Nothing that concerns the match.
  await change(job, `"source_identifier" = 'x', "review_status" = coalesce("review_status", 'approved')`, [1, 2, 3, 4]);
  assert.deepEqual(await counted(job), judged);
});

test('a row that matched nothing counts only when a reviewer said whether it is a duplicate', async () => {
  const job = await startImport(orm);
  await job.commit([ada, bob, { external_id: 'c', email: 'c@x' }]);
  await change(job, `"review_status" = 'approved'`, [1, 2, 3]);
  assert.deepEqual(await counted(job), []);
  await change(job, `"review_verdict" = 'duplicate'`, [1, 2]);
  await change(job, `"review_verdict" = 'distinct'`, [3]);
  assert.deepEqual(await counted(job), ['0 distinct 1 0', '0 missed 2 0']);
});

test('many reviewers at once lose no count and do not lock each other out', async () => {
  const job = await startImport(orm, { detect: ['email'] });
  await job.commit([ada, ...twinsOf(ada, ...Array.from({ length: 120 }, (_, n) => `twin ${n}`))]);
  const rows = Array.from({ length: 120 }, (_, n) => n + 2);
  await Promise.all(
    [0, 1, 2, 3].map(async (reviewer) => {
      for (const row of rows.filter((number) => number % 4 === reviewer)) {
        await change(job, `"review_status" = '${row % 2 === 0 ? 'approved' : 'rejected'}'`, [row, row + 1]);
      }
    }),
  );
  const { rows: recount } = await pool.query<{ text: string }>(
    `select concat_ws(' ', 'exact 100', case "review_status" when 'approved' then 'duplicate' else 'distinct' end,
       count(*), 100 * count(*)) as "text"
     from "import_records" where "job_number" = $1 and "duplicate_of" is not null group by "review_status" order by 1`,
    [job.jobNumber],
  );
  assert.deepEqual(
    await counted(job),
    recount.map(({ text }) => text),
  );
});
