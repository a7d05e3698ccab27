import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Counters } from '../../src/domain/counters.ts';
import { transitionJob } from '../../src/store/queries/jobs/jobs.ts';
import { pauseUpdate, resumeUpdate, stateQuery } from '../../workflows/messages.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { rawSession } from '../support/sessions.ts';
import type { RawSession } from '../support/sessions.ts';

const ROWS = 2_000;

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: ROWS });
  await engine.startWorker();
});

after(() => engine.close());

const ALL = { created: ROWS, updated: 0, skipped: 0, failed: 0, duplicates: 0 };

const done = ({ created, updated, skipped, failed }: Counters): number => created + updated + skipped + failed;

/** Keeps everybody from reading the source until it is disposed of. */
async function frozenSource(): Promise<RawSession> {
  const session = await rawSession(engine.sourceUrl);
  await session.query('begin; lock table "contacts" in access exclusive mode');
  return session;
}

test('an import runs to its end, and a second one finds nothing to do', async () => {
  const jobId = await engine.create({ options: { batchSize: 300 } });
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
  assert.equal(await engine.workflowEnd(jobId), 'COMPLETED');
  assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started', 'job.completed']);

  const again = await engine.create({ options: { batchSize: 300 } });
  await engine.reached(again, 'completed');
  assert.deepEqual(await engine.counters(again), { ...ALL, created: 0, skipped: ROWS });
});

test('a validation finds out the same and writes nothing', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create({ kind: 'validate', options: { batchSize: 300 } });
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
  const [row]: { n: string }[] = await engine.orm.em
    .fork()
    .execute('select count(*) as "n" from "target"."customer_users"');
  assert.equal(Number(row?.n), 0);
  const { type } = await engine.temporal.workflow.getHandle(jobId).describe();
  assert.equal(type, 'validateWorkflow');
});

test('a paused job writes nothing until it is resumed, and then the rest', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 50);
  const { job } = await engine.jobs.pause(engine.actor, jobId);
  assert.equal(job.status, 'paused');
  const paused = await engine.counters(jobId);
  assert.ok(done(paused) < ROWS);
  while ((await engine.temporal.workflow.getHandle(jobId).query(stateQuery)) !== 'paused') await delay(50);
  assert.deepEqual(await engine.counters(jobId), paused);
  assert.equal((await engine.jobs.resume(engine.actor, jobId)).job.status, 'running');
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
  assert.deepEqual(await engine.eventsOf(jobId), [
    'job.created',
    'job.started',
    'job.paused',
    'job.resumed',
    'job.completed',
  ]);
});

test('a job that is paused and resumed at once, again and again, goes on', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 10);
  for (let round = 0; round < 5; round++) {
    await engine.jobs.pause(engine.actor, jobId);
    await engine.jobs.resume(engine.actor, jobId);
    await delay(round * 100);
  }
  const { status, error } = await engine.reached(jobId, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  assert.deepEqual(await engine.counters(jobId), ALL);
  const { events } = await engine.temporal.workflow.getHandle(jobId).fetchHistory();
  assert.equal(events?.some((event) => event.timerFiredEventAttributes) ?? false, false, 'no resume was missed');
});

test('a job that is paused and resumed while its source does not answer goes on when that does', async () => {
  await engine.emptyTarget();
  const frozen = await frozenSource();
  const jobId = await engine.create();
  await engine.reached(jobId, 'running');
  await delay(300);
  await engine.jobs.pause(engine.actor, jobId);
  await engine.jobs.resume(engine.actor, jobId);
  await delay(1_500);
  await frozen[Symbol.asyncDispose]();
  const { status, error } = await engine.reached(jobId, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  assert.deepEqual(await engine.counters(jobId), ALL);
});

test('Temporal’s own updates pause and resume a job', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 10);
  const handle = engine.temporal.workflow.getHandle(jobId);
  await handle.executeUpdate(pauseUpdate);
  assert.equal((await engine.job(jobId)).status, 'paused');
  await handle.executeUpdate(pauseUpdate);
  await handle.executeUpdate(resumeUpdate);
  assert.notEqual((await engine.job(jobId)).status, 'paused');
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
});

test('a cancelled job is cancelled in the store at once and in Temporal as well', async () => {
  for (let round = 0; round < 4; round++) {
    await engine.emptyTarget();
    const jobId = await engine.create();
    await engine.progressed(jobId, 10 * (round + 1));
    const view = await engine.jobs.cancel(engine.actor, jobId);
    assert.equal(view.job.status, 'cancelled');
    const cancelled = await engine.counters(jobId);
    assert.equal(await engine.workflowEnd(jobId), 'CANCELLED');
    assert.deepEqual(await engine.counters(jobId), cancelled);
    assert.ok(done(cancelled) < ROWS);
    assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started', 'job.cancelled']);
  }
});

test('a cancel from outside cancels the job too', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 10);
  await engine.temporal.workflow.getHandle(jobId).cancel();
  await engine.reached(jobId, 'cancelled');
  assert.equal(await engine.workflowEnd(jobId), 'CANCELLED');
  assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started', 'job.cancelled']);
});

test('a job can be cancelled while it is paused, and while its source does not answer', async () => {
  const paused = await engine.create();
  await engine.progressed(paused, 10);
  await engine.jobs.pause(engine.actor, paused);
  await engine.jobs.cancel(engine.actor, paused);
  assert.equal(await engine.workflowEnd(paused), 'CANCELLED');

  await using _frozen = await frozenSource();
  const planning = await engine.create();
  await engine.reached(planning, 'running');
  await engine.jobs.cancel(engine.actor, planning);
  assert.equal(await engine.workflowEnd(planning), 'CANCELLED');
  assert.equal((await engine.job(planning)).status, 'cancelled');
});

test('a job that the store says is over ends its workflow, whatever Temporal was told', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 10);
  await transitionJob(engine.orm.em, {
    jobId,
    from: ['running'],
    to: 'failed',
    event: 'job.failed',
    error: { code: 'x', message: 'Over.' },
  });
  const before = await engine.counters(jobId);
  assert.equal(await engine.workflowEnd(jobId), 'COMPLETED');
  assert.deepEqual(await engine.counters(jobId), before);
  assert.deepEqual((await engine.job(jobId)).error, { code: 'x', message: 'Over.' });
});

test('a job that runs longer than its timeout fails and says so', async () => {
  await using _frozen = await frozenSource();
  const jobId = await engine.create({ options: { batchSize: 10, timeoutSeconds: 1 } });
  const job = await engine.reached(jobId, 'failed', 'completed');
  assert.deepEqual(
    [job.status, job.error],
    ['failed', { code: 'timeout', message: 'The job ran longer than its timeout of 1 seconds.' }],
  );
  assert.equal(await engine.workflowEnd(jobId), 'FAILED');
});

test('pauses do not count towards the timeout', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create({ options: { batchSize: 100, timeoutSeconds: 6 } });
  await engine.progressed(jobId, 10);
  await engine.jobs.pause(engine.actor, jobId);
  await delay(6_500);
  await engine.jobs.resume(engine.actor, jobId);
  const { status, error } = await engine.reached(jobId, 'completed', 'failed');
  assert.deepEqual([status, error ?? null], ['completed', null]);
});

test('rows go in once although their worker is stopped in the middle', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 30);
  await engine.restartWorker();
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
});

test('a query that its source refuses fails the job with the code and sentence of the mistake', async () => {
  await engine.source.query('alter table "contacts" rename to "people"');
  const jobId = await engine.create();
  const job = await engine.reached(jobId, 'failed');
  await engine.source.query('alter table "people" rename to "contacts"');
  assert.equal(job.error?.code, 'validation');
  assert.match(job.error?.message ?? '', /contacts/);
  assert.equal(await engine.workflowEnd(jobId), 'FAILED');
  assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started', 'job.failed']);
});
