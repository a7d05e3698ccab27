import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Activities } from '../../activities/index.ts';
import type { Overlap } from '../../src/domain/schedule.ts';
import { ImportSchedule } from '../../src/store/entities/import-schedule.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { jobsOfSchedule, makeSchedule } from '../support/schedules.ts';
import { rawSession } from '../support/sessions.ts';
import type { RawSession } from '../support/sessions.ts';

const ROWS = 40;

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: ROWS });
  await engine.startWorker();
});
after(() => engine.close());

const trigger = (id: string): Promise<unknown> => engine.schedules.trigger(engine.actor, id);
const jobs = (id: string, count: number): Promise<string[]> => jobsOfSchedule(engine, id, count);
const statuses = (ids: readonly string[]): Promise<string[]> =>
  Promise.all(ids.map(async (id) => (await engine.job(id)).status));

/** Keeps everybody from reading the source until it is disposed of. */
async function frozenSource(): Promise<RawSession> {
  const session = await rawSession(engine.sourceUrl);
  await session.query('begin; lock table "contacts" in access exclusive mode');
  return session;
}

/** Runs of one name are told apart by the second they were started in. */
const nextSecond = (): Promise<unknown> => delay(1_050 - (Date.now() % 1_000));

/** How the workflow that Temporal started for a job's run has ended. */
async function runEnd(jobId: string): Promise<string> {
  const [row]: { workflow_id: string }[] = await engine.orm.em
    .fork()
    .execute(`select "workflow_id" from "import_schedule_runs" where "job_id" = ?`, [jobId]);
  return engine.workflowEnd(row?.workflow_id ?? '');
}

describe('a run of a schedule', () => {
  test('is a job like any other, whose workflow bears its id, made in the name of who made the schedule', async () => {
    const { schedule } = await makeSchedule(engine, { options: { batchSize: 7 } });
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    const job = await engine.reached(jobId, 'completed');
    assert.deepEqual(
      [job.tenantId, job.createdById, job.profileId, job.kind, job.options.batchSize],
      [engine.actor.tenantId, engine.actor.userId, engine.profileId, 'import', 7],
    );
    assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started', 'job.completed']);
    const workflow = await engine.temporal.workflow.getHandle(jobId).describe();
    assert.deepEqual([workflow.type, workflow.runId], ['importWorkflow', job.workflowRunId]);
    assert.equal(await runEnd(jobId), 'COMPLETED');
    const view = await engine.schedules.get(engine.actor, schedule.id);
    assert.deepEqual(
      view.recentJobs.map((recent) => recent.jobId),
      [jobId],
    );
    assert.equal((await engine.counters(jobId)).created, ROWS);
  });

  test('that fails is a failed job, and the next run comes all the same', async () => {
    await engine.source.query('alter table "contacts" rename to "people"');
    const { schedule } = await makeSchedule(engine);
    await trigger(schedule.id);
    const [failed = ''] = await jobs(schedule.id, 1);
    await engine.reached(failed, 'failed');
    assert.equal(await runEnd(failed), 'FAILED');
    await engine.source.query('alter table "people" rename to "contacts"');
    await nextSecond();
    await trigger(schedule.id);
    const [, second = ''] = await jobs(schedule.id, 2);
    await engine.reached(second, 'completed');
  });

  test('whose job a person cancels has ended', async () => {
    await using _frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine);
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    await engine.reached(jobId, 'running');
    await engine.jobs.cancel(engine.actor, jobId);
    assert.equal(await runEnd(jobId), 'COMPLETED');
    assert.equal((await engine.job(jobId)).status, 'cancelled');
  });

  test('that is cancelled in Temporal cancels its job', async () => {
    await using _frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine);
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    await engine.reached(jobId, 'running');
    const [row]: { workflow_id: string }[] = await engine.orm.em
      .fork()
      .execute(`select "workflow_id" from "import_schedule_runs" where "job_id" = ?`, [jobId]);
    await engine.temporal.workflow.getHandle(row?.workflow_id ?? '').cancel();
    await engine.reached(jobId, 'cancelled');
    assert.equal(await runEnd(jobId), 'CANCELLED');
  });

  test('of a schedule that is gone makes no job', async () => {
    const { schedule } = await makeSchedule(engine);
    await engine.orm.em.fork().nativeDelete(ImportSchedule, { id: schedule.id });
    await engine.deps.orchestrator.schedules.trigger(schedule.id, 'skip');
    const query = `WorkflowId STARTS_WITH 'scheduled-import-${schedule.id}' and ExecutionStatus = 'Completed'`;
    while ((await engine.temporal.workflow.count(query)).count === 0) await delay(50);
    assert.equal(
      (await engine.jobs.list(engine.actor, { statuses: ['pending', 'running'], page: 1, perPage: 9 })).total,
      0,
    );
  });
});

describe('runs that overlap', () => {
  /** A schedule whose first run reads a source that does not answer, and is triggered so often more meanwhile. */
  async function overlapping(
    overlap: Overlap,
    more: number,
  ): Promise<{ id: string; first: string; thaw: () => Promise<void> }> {
    const frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine, { overlap });
    await trigger(schedule.id);
    const [first = ''] = await jobs(schedule.id, 1);
    await engine.reached(first, 'running');
    for (let count = 0; count < more; count++) {
      await nextSecond();
      await trigger(schedule.id);
    }
    return { id: schedule.id, first, thaw: async () => frozen[Symbol.asyncDispose]() };
  }

  test('skip: while the import goes on there is no other', async () => {
    const { id, first, thaw } = await overlapping('skip', 2);
    await delay(500);
    assert.deepEqual(await statuses(await jobs(id, 1)), ['running']);
    await thaw();
    await engine.reached(first, 'completed');
    assert.equal(await runEnd(first), 'COMPLETED');
    await nextSecond();
    await trigger(id);
    const [, second = ''] = await jobs(id, 2);
    await engine.reached(second, 'completed');
    assert.equal((await jobs(id, 2)).length, 2);
  });

  test('skip: a run whose import is over is not in the way, though its workflow has not closed yet', async () => {
    const closing = Promise.withResolvers<void>();
    await engine.restartWorker((activities) => ({
      ...activities,
      finishJob: async (end) => {
        const finished = await activities.finishJob(end);
        await closing.promise;
        return finished;
      },
    }));
    const { schedule } = await makeSchedule(engine, { overlap: 'skip' });
    await trigger(schedule.id);
    const [first = ''] = await jobs(schedule.id, 1);
    await engine.reached(first, 'completed');
    await trigger(schedule.id);
    closing.resolve();
    const [, second = ''] = await jobs(schedule.id, 2);
    await engine.reached(second, 'completed');
    await engine.restartWorker();
  });

  test('buffer_one: one more follows when the import has ended', async () => {
    const { id, first, thaw } = await overlapping('buffer_one', 3);
    assert.deepEqual(await jobs(id, 1), [first]);
    await thaw();
    const [, second = ''] = await jobs(id, 2);
    const [before, later] = [await engine.reached(first, 'completed'), await engine.reached(second, 'completed')];
    assert.ok((before.completedAt ?? 0) <= later.createdAt);
    await delay(500);
    assert.equal((await jobs(id, 2)).length, 2);
  });

  test('cancel_other: the import under way is cancelled, and has ended before the next begins', async () => {
    const { id, first, thaw } = await overlapping('cancel_other', 1);
    const [, second = ''] = await jobs(id, 2);
    const before = await engine.job(first);
    assert.equal(before.status, 'cancelled');
    assert.equal(await engine.workflowEnd(first), 'CANCELLED');
    await thaw();
    const later = await engine.reached(second, 'completed');
    assert.ok((before.completedAt ?? 0) <= later.createdAt);
  });

  test('allow_all: both go on side by side', async () => {
    const { id, thaw } = await overlapping('allow_all', 1);
    const ids = await jobs(id, 2);
    for (const jobId of ids) await engine.reached(jobId, 'running');
    await thaw();
    for (const jobId of ids) await engine.reached(jobId, 'completed');
  });

  test('runs that are started in a row are runs of their own', async () => {
    const { schedule } = await makeSchedule(engine, { overlap: 'allow_all' });
    await Promise.all([1, 2, 3].map(() => trigger(schedule.id)));
    const ids = await jobs(schedule.id, 3);
    for (const jobId of ids) await engine.reached(jobId, 'completed');
    assert.equal(new Set(ids).size, 3);
  });

  test('a paused import still goes on', async () => {
    const frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine);
    await trigger(schedule.id);
    const [first = ''] = await jobs(schedule.id, 1);
    await engine.reached(first, 'running');
    await engine.jobs.pause(engine.actor, first);
    await frozen[Symbol.asyncDispose]();
    await nextSecond();
    await trigger(schedule.id);
    await delay(500);
    assert.deepEqual(await jobs(schedule.id, 1), [first]);
    await engine.jobs.resume(engine.actor, first);
    await engine.reached(first, 'completed');
  });
});

describe('a run whose job was started by the sweep, because its worker died in between', () => {
  const startedBySweep = (activities: Activities): Activities => ({
    ...activities,
    createScheduledJob: async (run) => {
      const made = await activities.createScheduledJob(run);
      if (made) await engine.deps.orchestrator.start({ id: run.jobId, kind: 'import', ...made });
      return made;
    },
  });
  before(() => engine.restartWorker(startedBySweep));
  after(() => engine.restartWorker());

  test('lasts as long as its job', async () => {
    const frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine);
    await trigger(schedule.id);
    const [first = ''] = await jobs(schedule.id, 1);
    await engine.reached(first, 'running');
    await nextSecond();
    await trigger(schedule.id);
    await delay(500);
    assert.deepEqual(await jobs(schedule.id, 1), [first]);
    await frozen[Symbol.asyncDispose]();
    await engine.reached(first, 'completed');
    assert.equal(await runEnd(first), 'COMPLETED');
  });

  test('cancels its job when it is cancelled', async () => {
    await using _frozen = await frozenSource();
    const { schedule } = await makeSchedule(engine, { overlap: 'cancel_other' });
    await trigger(schedule.id);
    const [first = ''] = await jobs(schedule.id, 1);
    await engine.reached(first, 'running');
    await nextSecond();
    await trigger(schedule.id);
    const [, second = ''] = await jobs(schedule.id, 2);
    assert.equal((await engine.job(first)).status, 'cancelled');
    assert.equal(await runEnd(first), 'CANCELLED');
    await engine.jobs.cancel(engine.actor, second);
  });
});
