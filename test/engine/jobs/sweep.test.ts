import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JobStatus } from '../../../src/domain/job.ts';
import { createJobs } from '../../../src/engine/jobs/index.ts';
import { sweepJobs } from '../../../src/engine/jobs/sweep.ts';
import { ImportJob } from '../../../src/store/entities/import-job.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';
import { startImport } from '../../support/records.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
});

after(() => engine.close());

/** Makes every job old enough for the sweep to look at. */
async function timePasses(): Promise<void> {
  await engine.orm.em.fork().execute(`update "import_jobs" set "updated_at" = "updated_at" - interval '1 minute'`);
}

/** Ends every job, so that the next test has the sweep for itself. */
async function allEnd(): Promise<void> {
  await engine.orm.em
    .fork()
    .execute(`update "import_jobs" set "status" = 'completed' where "status" in ('pending', 'running', 'paused')`);
}

/** A job in the store that Temporal knows nothing of. */
async function make(status: JobStatus): Promise<string> {
  const { jobId } = await startImport(engine.orm, { tenantId: engine.actor.tenantId, status });
  await engine.orm.em
    .fork()
    .nativeUpdate(ImportJob, { id: jobId }, { profileId: engine.profileId, createdById: engine.actor.userId });
  return jobId;
}

const lifeOf = (jobId: string): Promise<string> => engine.deps.orchestrator.lifeOf(jobId);
const start = (jobId: string): Promise<unknown> =>
  engine.deps.orchestrator.start({
    id: jobId,
    kind: 'import',
    tenantId: engine.actor.tenantId,
    profileId: engine.profileId,
  });

test('a job made while Temporal was away stays pending, and the sweep starts it', async () => {
  const away = createOrchestrator({
    address: '127.0.0.1:1',
    namespace: 'default',
    taskQueue: engine.taskQueue,
    uiUrl: '',
  });
  const view = await createJobs({ ...engine.deps, orchestrator: away }).create(engine.actor, {
    profileId: engine.profileId,
  });
  assert.deepEqual([view.job.status, view.workflow], ['pending', null]);
  const { id } = view.job;
  assert.deepEqual(await engine.eventsOf(id), ['job.created']);

  await timePasses();
  await assert.rejects(sweepJobs({ ...engine.deps, orchestrator: away }), { code: 'unavailable' });
  await away.close();
  assert.equal((await engine.job(id)).status, 'pending');

  assert.equal(await sweepJobs(engine.deps), 1);
  const job = await engine.job(id);
  assert.deepEqual([job.status, await lifeOf(id)], ['running', 'alive']);
  assert.ok(job.workflowRunId);
  assert.deepEqual(await engine.eventsOf(id), ['job.created', 'job.started']);
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 0);
  await allEnd();
});

test('a young job is left to who made it', async () => {
  const jobId = await make('pending');
  assert.equal(await sweepJobs(engine.deps), 0);
  assert.equal((await engine.job(jobId)).status, 'pending');
  await allEnd();
});

test('a running or paused job whose workflow is gone gets another', async () => {
  const ids = [await make('running'), await make('paused')];
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 2);
  assert.deepEqual(await Promise.all(ids.map(lifeOf)), ['alive', 'alive']);
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await engine.job(id)).status)), ['running', 'paused']);
  await allEnd();
});

test('a job whose workflow was started by somebody who died then is noted as running, with its place', async () => {
  const jobId = await make('pending');
  await start(jobId);
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 1);
  const job = await engine.job(jobId);
  assert.equal(job.status, 'running');
  assert.equal((await engine.temporal.workflow.getHandle(jobId).describe()).runId, job.workflowRunId);
  await allEnd();
});

test('a job whose workflow was terminated from outside has failed', async () => {
  const ids = [await make('running'), await make('paused'), await make('pending')];
  for (const id of ids) {
    await start(id);
    await engine.temporal.workflow.getHandle(id).terminate('somebody tidied up');
  }
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 3);
  for (const id of ids) {
    const { status, error } = await engine.job(id);
    assert.deepEqual(
      [status, error],
      ['failed', { code: 'terminated', message: 'The workflow of the job was ended from outside.' }],
    );
    assert.deepEqual(await engine.eventsOf(id), ['job.failed']);
  }
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 0);
});

test('jobs that have ended are left alone, whatever became of their workflows', async () => {
  const ids = [await make('completed'), await make('failed'), await make('cancelled')];
  await timePasses();
  assert.equal(await sweepJobs(engine.deps), 0);
  assert.deepEqual(await Promise.all(ids.map(lifeOf)), ['unknown', 'unknown', 'unknown']);
});

test('of sweeps at the same time one does the work', async () => {
  for (let n = 0; n < 10; n++) await make('pending');
  await timePasses();
  const mended = await Promise.all(Array.from({ length: 4 }, () => sweepJobs(engine.deps)));
  assert.equal(
    mended.reduce((sum, n) => sum + n, 0),
    10,
  );
  await allEnd();
});

test('a job without a workflow is found behind any number of older ones that live', async () => {
  for (let made = 0; made < 210; made += 15) {
    await Promise.all(Array.from({ length: 15 }, async () => start(await make('paused'))));
  }
  await engine.orm.em.fork().execute(`update "import_jobs" set "workflow_run_id" = 'known' where "status" = 'paused'`);
  const pending = await make('pending');
  const lost = await make('running');
  await timePasses();
  await sweepJobs(engine.deps);
  assert.equal((await engine.job(pending)).status, 'running');
  for (let sweeps = 0; (await lifeOf(lost)) === 'unknown'; sweeps++) {
    assert.ok(sweeps < 100, 'the sweep never came to the job');
    await sweepJobs(engine.deps);
  }
  await allEnd();
});
