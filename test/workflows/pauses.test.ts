import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import { isFinal } from '../../src/domain/job.ts';
import { pauseUpdate, stateQuery, statusSignal } from '../../workflows/messages.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

const ROWS = 1_000;
const ALL = { created: ROWS, updated: 0, skipped: 0, failed: 0, duplicates: 0 };

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: ROWS });
  await engine.startWorker();
});

after(() => engine.close());

/** Resolves once the job's workflow says that this is what it is doing. */
async function reachedState(jobId: string, state: string): Promise<void> {
  while ((await engine.temporal.workflow.getHandle(jobId).query(stateQuery)) !== state) {
    const { status, error } = await engine.job(jobId);
    assert.ok(!isFinal(status), `it has ended before: ${status} ${JSON.stringify(error)}`);
    await delay(50);
  }
}

test('what a workflow is told late changes nothing: its job stands as the store says', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create();
  await engine.progressed(jobId, 10);
  const handle = engine.temporal.workflow.getHandle(jobId);
  await handle.signal(statusSignal, 'paused');
  await engine.progressed(jobId, 30);
  await engine.jobs.pause(engine.actor, jobId);
  const paused = await engine.counters(jobId);
  await handle.signal(statusSignal, 'running');
  await reachedState(jobId, 'paused');
  assert.deepEqual([(await engine.job(jobId)).status, await engine.counters(jobId)], ['paused', paused]);
  await engine.jobs.resume(engine.actor, jobId);
  await handle.signal(statusSignal, 'paused');
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

/** Partitions whose first attempt fails at the very moment it is told to stop, as one whose session is ended does. */
function failingWhenStopped(activities: Activities): Activities {
  return {
    ...activities,
    async importPartition(partition) {
      const { info, cancelled, cancellationSignal, heartbeat } = Context.current();
      if (info.attempt > 1 || stopped.has(partition.partitionId)) return activities.importPartition(partition);
      stopped.add(partition.partitionId);
      const beating = setInterval(() => heartbeat(), 100);
      await cancelled.catch(() => undefined);
      clearInterval(beating);
      assert.ok(cancellationSignal.aborted);
      throw new Error('the connection to the store has ended');
    },
  };
}
const stopped = new Set<number>();

test('what fails while a pause or a cancel is stopping it fails no job', async () => {
  await engine.restartWorker(failingWhenStopped);
  await engine.emptyTarget();
  const paused = await engine.create({ options: { batchSize: 300 } });
  await engine.reached(paused, 'running');
  await reachedState(paused, 'importing');
  await engine.temporal.workflow.getHandle(paused).executeUpdate(pauseUpdate);
  await reachedState(paused, 'paused');
  await engine.jobs.resume(engine.actor, paused);
  const { status, error } = await engine.reached(paused, 'completed', 'failed');
  assert.deepEqual([status, error ?? null, await engine.counters(paused)], ['completed', null, ALL]);

  const cancelled = await engine.create();
  await reachedState(cancelled, 'importing');
  await engine.temporal.workflow.getHandle(cancelled).cancel();
  await engine.reached(cancelled, 'cancelled', 'failed');
  assert.equal(await engine.workflowEnd(cancelled), 'CANCELLED');
  assert.deepEqual(await engine.eventsOf(cancelled), ['job.created', 'job.started', 'job.cancelled']);
});
