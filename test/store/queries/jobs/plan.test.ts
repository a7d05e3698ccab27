import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap } from '@mikro-orm/postgresql';
import { ImportJob } from '../../../../src/store/entities/import-job.ts';
import { storeTargetPlan } from '../../../../src/store/queries/jobs/plan.ts';
import type { TargetPlan } from '../../../../src/store/queries/jobs/plan.ts';
import { nextPartitions } from '../../../../src/store/queries/jobs/work.ts';
import { startImport } from '../../../support/records.ts';
import type { TestImport } from '../../../support/records.ts';
import { openTestStore } from '../../../support/store.ts';

const { orm } = await openTestStore(6);

const jobOf = ({ jobId }: TestImport): Promise<ImportJob> => orm.em.fork().findOneOrFail(ImportJob, { id: jobId });

const PLAN: TargetPlan = {
  total: 5_000_000_000,
  ranges: [
    { after: null, upTo: ['b', '2'], rows: 250_000 },
    { after: ['b', '2'], upTo: ['c\\"?', '3'], rows: 4_000_000_000 },
    { after: ['c\\"?', '3'], upTo: null, rows: 0 },
  ],
  query: { sql: 'select ?', text: "it's", nested: [null, 1] },
  reading: 'In 3 ranges of the unique key "a?".',
};

async function plan(job: TestImport, given: TargetPlan): Promise<void> {
  const stored = await jobOf(job);
  const [target] = stored.targets;
  if (!target) throw new Error('the job has no target');
  await storeTargetPlan(orm.em, stored, target, given);
}

test('a plan becomes partitions whose rows are numbered one after the other', async () => {
  const job = await startImport(orm, { planned: [] });
  assert.deepEqual(await nextPartitions(orm.em, job.jobId, 0), { planned: false, unfinished: [] });
  await plan(job, PLAN);
  const partitions = await job.partitions();
  assert.deepEqual(
    partitions.map((partition) => ({
      ordinal: partition.ordinal,
      after: partition.rangeAfter ?? null,
      upTo: partition.rangeUpTo ?? null,
      plannedRows: partition.plannedRows,
      rowBase: partition.rowBase,
      rowsDone: partition.rowsDone,
      fence: partition.fence,
      finished: partition.finished,
    })),
    [
      { ordinal: 0, after: null, upTo: ['b', '2'], plannedRows: 250_000, rowBase: 0 },
      { ordinal: 1, after: ['b', '2'], upTo: ['c\\"?', '3'], plannedRows: 4_000_000_000, rowBase: 250_000 },
      { ordinal: 2, after: ['c\\"?', '3'], upTo: null, plannedRows: 0, rowBase: 4_000_250_000 },
    ].map((partition) => ({ ...partition, rowsDone: 0, fence: 0, finished: false })),
  );
  const stored = await jobOf(job);
  assert.deepEqual(
    {
      counts: stored.sourceCounts,
      queries: stored.sourceQueries,
      reading: stored.reading,
      total: stored.estimatedTotal,
    },
    {
      counts: { customer_users: 5_000_000_000 },
      queries: { '0': PLAN.query },
      reading: { customer_users: PLAN.reading },
      total: 4_000_250_000,
    },
  );
  assert.deepEqual(await nextPartitions(orm.em, job.jobId, 0), {
    planned: true,
    unfinished: partitions.map(({ id }) => id),
  });
});

test('a target that is planned keeps its first plan, also when two plan it at once', async () => {
  const job = await startImport(orm, { planned: [] });
  await Promise.all([plan(job, PLAN), plan(job, { ...PLAN, ranges: PLAN.ranges.slice(0, 1) }), plan(job, PLAN)]);
  const first = await job.partitions();
  const stored = await jobOf(job);
  await plan(job, { ...PLAN, total: 1, ranges: [{ after: null, upTo: null, rows: 1 }] });
  assert.deepEqual(await job.partitions(), first);
  assert.deepEqual(wrap(await jobOf(job)).toPOJO(), wrap(stored).toPOJO());
  assert.equal(
    stored.estimatedTotal,
    first.reduce((sum, partition) => sum + partition.plannedRows, 0),
  );
});

test('a target with nothing to read is planned all the same', async () => {
  const job = await startImport(orm, { planned: [] });
  await plan(job, { ...PLAN, total: 0, ranges: [{ after: null, upTo: null, rows: 0 }] });
  const { planned, unfinished } = await nextPartitions(orm.em, job.jobId, 0);
  assert.deepEqual([planned, unfinished.length], [true, 1]);
});

test('a plan without a range would never be done, and is refused', async () => {
  const job = await startImport(orm, { planned: [] });
  await assert.rejects(plan(job, { ...PLAN, ranges: [] }));
});

test('unfinished partitions come in source order, a few at a time, and then no more', async () => {
  const job = await startImport(orm, { planned: Array.from({ length: 100 }, () => 1) });
  const partitions = await job.partitions();
  const { unfinished } = await nextPartitions(orm.em, job.jobId, 0);
  assert.ok(unfinished.length > 0 && unfinished.length < 100);
  assert.deepEqual(
    unfinished,
    partitions.slice(0, unfinished.length).map(({ id }) => id),
  );
  await orm.em
    .fork()
    .execute(`update "import_partitions" set "finished" = true where "job_id" = ? and "ordinal" <> 60`, [job.jobId]);
  assert.deepEqual(await nextPartitions(orm.em, job.jobId, 0), { planned: true, unfinished: [partitions[60]?.id] });
  await orm.em.fork().execute(`update "import_partitions" set "finished" = true where "job_id" = ?`, [job.jobId]);
  assert.deepEqual(await nextPartitions(orm.em, job.jobId, 0), { planned: true, unfinished: [] });
});
