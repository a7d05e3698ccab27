import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../src/domain/errors.ts';
import { startWorker } from '../../temporal/worker.ts';
import { createActivities } from '../../activities/index.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';

const ROWS = 3_000;

let server: TemporalServer;
let engine: TestEngine;

before(async () => {
  server = await startTemporalServer();
  engine = await startTestEngine({ temporalAddress: server.address, contacts: ROWS });
});

after(async () => {
  await engine.close();
  await server.remove();
});

const ALL = { created: ROWS, updated: 0, skipped: 0, failed: 0, duplicates: 0 };

test('a worker that cannot reach Temporal says so and is none', async () => {
  const settings = { address: '127.0.0.1:1', namespace: 'default', taskQueue: 'nobody', partitions: 1, cache: '/tmp' };
  await assert.rejects(startWorker(settings, createActivities(engine.deps), engine.deps.logger));
});

test('a job goes on when its worker is stopped and another one started, and its rows go in once', async () => {
  const first = await engine.startWorker();
  const jobId = await engine.create({ options: { batchSize: 2 } });
  await engine.progressed(jobId, 20);
  await first.close();
  const stopped = (await engine.counters(jobId)).created;
  assert.ok(stopped < ROWS);
  assert.equal((await engine.job(jobId)).status, 'running');
  await engine.restartWorker();
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
});

test('a job goes on after Temporal was gone for a while', async () => {
  await engine.emptyTarget();
  const jobId = await engine.create({ options: { batchSize: 2 } });
  await engine.progressed(jobId, 20);
  await server.stop();
  await delay(500);
  await server.start();
  await engine.reached(jobId, 'completed');
  assert.deepEqual(await engine.counters(jobId), ALL);
  assert.equal(await engine.workflowEnd(jobId), 'COMPLETED');
});

test('a step that fails is tried again, and its job ends as if nothing had been', async () => {
  await engine.emptyTarget();
  let failures = 0;
  const flaky = async (): Promise<void> => {
    if (failures++ < 3) throw new AppError('unavailable', 'Not just now.');
  };
  await engine.restartWorker((activities) => ({
    ...activities,
    nextWork: async (job) => {
      await flaky();
      return activities.nextWork(job);
    },
    importPartition: async (partition) => {
      await flaky();
      return activities.importPartition(partition);
    },
  }));
  const jobId = await engine.create({ options: { batchSize: 100 } });
  const { status } = await engine.reached(jobId, 'completed', 'failed');
  assert.equal(status, 'completed');
  assert.ok(failures > 3);
  assert.deepEqual(await engine.counters(jobId), ALL);
});

test('a step that fails for good fails the job with its code and its sentence', async () => {
  await engine.restartWorker((activities) => ({
    ...activities,
    importPartition: () =>
      Promise.reject(new AppError('source_unreachable', 'The source has moved.', { details: { final: true } })),
  }));
  const jobId = await engine.create();
  const job = await engine.reached(jobId, 'failed');
  assert.deepEqual(job.error, { code: 'source_unreachable', message: 'The source has moved.' });
  assert.equal(await engine.workflowEnd(jobId), 'FAILED');
});
