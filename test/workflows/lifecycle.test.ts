import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createLifecycle } from '../../activities/lifecycle.ts';
import type { JobStatus } from '../../src/domain/job.ts';
import { JOB_STATUSES } from '../../src/domain/job.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createOutboundGuard } from '../../src/platform/outbound-guard.ts';
import { createSealer } from '../../src/platform/sealing.ts';
import { ImportEvent } from '../../src/store/entities/import-event.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import { openStore } from '../../src/store/orm.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { filePlaces } from '../support/files.ts';
import { startImport } from '../support/records.ts';

let database: TestDatabase;
let orm: MikroORM;
let steps: ReturnType<typeof createLifecycle>;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 4);
  const logger = createLogger('test', 'silent');
  const deps = { orm, logger, sealer: createSealer('x'), guard: createOutboundGuard([]), files: filePlaces() };
  steps = createLifecycle({ ...deps, createScheduledJob: () => Promise.resolve(null) });
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

const statusOf = async (jobId: string): Promise<string> =>
  (await orm.em.fork().findOneOrFail(ImportJob, { id: jobId })).status;
const eventsOf = async (jobId: string): Promise<string[]> =>
  (await orm.em.fork().find(ImportEvent, { jobId }, { orderBy: { id: 'asc' } })).map((event) => event.type);

const make = (status: JobStatus, planned?: readonly number[]): ReturnType<typeof startImport> =>
  startImport(orm, { status, ...(planned ? { planned } : {}) });

/** Marks the job's partitions as read to their ends. */
async function finishPartitions(jobId: string): Promise<void> {
  await orm.em.fork().execute(`update "import_partitions" set "finished" = true where "job_id" = ?`, [jobId]);
}

test('a job begins once, however often its beginning is repeated, and tells its timeout', async () => {
  const { jobId } = await make('pending');
  assert.deepEqual(
    [await steps.beginJob({ jobId }), await steps.beginJob({ jobId })],
    [{ timeoutMs: null }, { timeoutMs: null }],
  );
  await orm.em
    .fork()
    .execute(`update "import_jobs" set "options" = jsonb_set("options", '{timeoutSeconds}', '90') where "id" = ?`, [
      jobId,
    ]);
  assert.deepEqual(await steps.beginJob({ jobId }), { timeoutMs: 90_000 });
  assert.deepEqual([await statusOf(jobId), await eventsOf(jobId)], ['running', ['job.started']]);
});

test('a job that was paused or ended before its workflow began is not set running', async () => {
  for (const status of JOB_STATUSES.filter((each) => each !== 'pending')) {
    const { jobId } = await make(status);
    await steps.beginJob({ jobId });
    assert.deepEqual([await statusOf(jobId), await eventsOf(jobId)], [status, []]);
  }
});

test('a job that is gone is not found, which ends its workflow', async () => {
  const jobId = randomUUID();
  await assert.rejects(steps.beginJob({ jobId }), { code: 'not_found' });
  await assert.rejects(steps.nextWork({ jobId }), { code: 'not_found' });
  assert.deepEqual(await steps.finishJob({ jobId, outcome: 'cancelled' }), { over: true });
});

test('what is next: to plan, to read what is unfinished, nothing more', async () => {
  const job = await make('running', []);
  const { jobId } = job;
  assert.deepEqual(await steps.nextWork({ jobId }), { kind: 'plan', status: 'running', targetOrdinal: 0 });
  const started = await make('running', [5, 5, 5]);
  const [first, second, third] = (await started.partitions()).map((partition) => partition.id);
  await started.commit([{ external_id: '1' }], { claim: await started.claim(1), last: true });
  assert.deepEqual(await steps.nextWork({ jobId: started.jobId }), {
    kind: 'import',
    status: 'running',
    partitionIds: [first, third],
  });
  assert.ok(second);
  await finishPartitions(started.jobId);
  assert.deepEqual(await steps.nextWork({ jobId: started.jobId }), { kind: 'done', status: 'running' });
});

test('a job that is paused or over has nothing next', async () => {
  const kinds = await Promise.all(
    JOB_STATUSES.map(async (status) => [status, (await steps.nextWork(await make(status))).kind]),
  );
  assert.deepEqual(kinds, [
    ['pending', 'import'],
    ['running', 'import'],
    ['paused', 'paused'],
    ['completed', 'ended'],
    ['failed', 'ended'],
    ['cancelled', 'ended'],
  ]);
});

test('only a job that runs is completed; one that was paused at the very end waits', async () => {
  for (const [status, over] of [
    ['running', true],
    ['paused', false],
    ['cancelled', true],
    ['failed', true],
  ] as const) {
    const { jobId } = await make(status);
    assert.deepEqual(await steps.finishJob({ jobId, outcome: 'completed' }), { over }, status);
    assert.equal(await statusOf(jobId), status === 'running' ? 'completed' : status);
  }
});

test('an end is final: the first one stays', async () => {
  const { jobId } = await make('paused');
  const error = { code: 'timeout', message: 'Too long.' };
  await steps.finishJob({ jobId, outcome: 'failed', error });
  await steps.finishJob({ jobId, outcome: 'cancelled' });
  await steps.changeStatus({ jobId, to: 'running' });
  const job = await orm.em.fork().findOneOrFail(ImportJob, { id: jobId });
  assert.deepEqual([job.status, job.error, await eventsOf(jobId)], ['failed', error, ['job.failed']]);
});

test('a pause and a resume that are repeated change nothing more', async () => {
  const { jobId } = await make('running');
  for (const to of ['paused', 'paused', 'running', 'running', 'paused'] as const)
    await steps.changeStatus({ jobId, to });
  assert.deepEqual(
    [await statusOf(jobId), await eventsOf(jobId)],
    ['paused', ['job.paused', 'job.resumed', 'job.paused']],
  );
});
