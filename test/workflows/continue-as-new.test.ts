import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';

const ROWS = 10_000;

let server: TemporalServer;
let engine: TestEngine;

before(async () => {
  server = await startTemporalServer({ 'limit.historyCount.suggestContinueAsNew': 30 });
  engine = await startTestEngine({ temporalAddress: server.address, contacts: ROWS });
  await engine.startWorker();
});

after(async () => {
  await engine.close();
  await server.remove();
});

/** The executions a job's workflow went through, first to last, by how each ended. */
async function executionsOf(jobId: string): Promise<string[]> {
  const ends: string[] = [];
  let runId = (await engine.job(jobId)).workflowRunId ?? '';
  while (runId !== '') {
    const handle = engine.temporal.workflow.getHandle(jobId, runId);
    ends.push((await handle.describe()).status.name);
    const { events } = await handle.fetchHistory();
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
  }
  return ends;
}

test('a workflow with a long history goes on in a new execution, and its job notices nothing', async () => {
  const jobId = await engine.create({ options: { batchSize: 10, timeoutSeconds: 60 } });
  let pauses = 0;
  for (; pauses < 6; pauses++) {
    await engine.progressed(jobId, pauses * 20 + 10);
    await engine.jobs.pause(engine.actor, jobId);
    await engine.jobs.resume(engine.actor, jobId);
  }
  const { status, error } = await engine.reached(jobId, 'completed', 'failed', 'cancelled');
  assert.deepEqual([status, error ?? null], ['completed', null]);
  const { counters } = await engine.jobs.get(engine.actor, jobId);
  assert.deepEqual(counters, { created: ROWS, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
  assert.equal(await engine.workflowEnd(jobId), 'COMPLETED');
  const executions = await executionsOf(jobId);
  assert.ok(executions.length > 1, 'the history was long enough');
  assert.deepEqual(executions, [...executions.slice(1).map(() => 'CONTINUED_AS_NEW'), 'COMPLETED']);
  const told = await engine.eventsOf(jobId);
  assert.deepEqual(told, [
    'job.created',
    'job.started',
    ...Array.from({ length: pauses }, () => ['job.paused', 'job.resumed']).flat(),
    'job.completed',
  ]);
});

test('a job in a later execution of its workflow can be cancelled', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create({ options: { batchSize: 5 } });
  for (
    let round = 0;
    (await engine.temporal.workflow.getHandle(jobId).describe()).runId === (await engine.job(jobId)).workflowRunId;
    round++
  ) {
    assert.ok(round < 30, 'the workflow never went on in a new execution');
    await engine.progressed(jobId, round * 5 + 5);
    await engine.jobs.pause(engine.actor, jobId);
    await engine.jobs.resume(engine.actor, jobId);
  }
  assert.equal((await engine.jobs.cancel(engine.actor, jobId)).job.status, 'cancelled');
  assert.equal(await engine.workflowEnd(jobId), 'CANCELLED');
});
