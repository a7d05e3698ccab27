import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { AppError } from '../../src/domain/errors.ts';
import type { Orchestrator } from '../../src/engine/ports.ts';
import { createOrchestrator } from '../../temporal/orchestrator.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';

let server: TemporalServer;
let orchestrator: Orchestrator & { close(): Promise<void> };
let connection: Connection;
let client: Client;

before(async () => {
  server = await startTemporalServer();
  const settings = { address: server.address, namespace: 'default', taskQueue: 'nobody', uiUrl: 'http://ui.example' };
  orchestrator = createOrchestrator(settings);
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
});

after(async () => {
  await orchestrator.close();
  await connection.close();
  await server.remove();
});

const job = (kind: 'import' | 'validate' = 'import', profileId: string | null = randomUUID()) => ({
  id: randomUUID(),
  kind,
  tenantId: randomUUID(),
  profileId,
});

test('a job’s workflow bears the job’s id and can be found by tenant, kind, profile and status', async () => {
  for (const [kind, type] of [
    ['import', 'importWorkflow'],
    ['validate', 'validateWorkflow'],
  ] as const) {
    const started = job(kind);
    const place = await orchestrator.start(started);
    const description = await client.workflow.getHandle(started.id).describe();
    assert.deepEqual(place, {
      workflowId: started.id,
      runId: description.runId,
      url: `http://ui.example/namespaces/default/workflows/${started.id}/${description.runId}/history`,
    });
    assert.equal(description.type, type);
    const attributes = description.typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Lading'));
    assert.deepEqual(Object.fromEntries(attributes.map(({ key, value }) => [key.name, value])), {
      LadingTenant: started.tenantId,
      LadingKind: kind,
      LadingProfile: started.profileId,
      LadingStatus: 'pending',
    });
  }
});

test('starting a job again finds the workflow that it has, running or ended', async () => {
  const started = job('import', null);
  const place = await orchestrator.start(started);
  assert.deepEqual(await orchestrator.start(started), place);
  const many = await Promise.all(Array.from({ length: 5 }, () => orchestrator.start(started)));
  assert.deepEqual(
    many,
    many.map(() => place),
  );
  await client.workflow.getHandle(started.id).terminate();
  assert.deepEqual(await orchestrator.start(started), place);
  assert.equal(await orchestrator.lifeOf(started.id), 'ended');
});

test('a workflow is alive, ended or unknown', async () => {
  const started = job();
  assert.equal(await orchestrator.lifeOf(started.id), 'unknown');
  await orchestrator.start(started);
  assert.equal(await orchestrator.lifeOf(started.id), 'alive');
  await client.workflow.getHandle(started.id).terminate();
  assert.equal(await orchestrator.lifeOf(started.id), 'ended');
});

test('telling something to a workflow that is unknown or over is no error', async () => {
  const over = job();
  await orchestrator.start(over);
  await client.workflow.getHandle(over.id).terminate();
  for (const id of [randomUUID(), over.id]) {
    await orchestrator.cancel(id);
    await orchestrator.nudge(id, 'paused');
    await orchestrator.nudge(id, 'running');
  }
});

test('a workflow that ends while it is being told something needs no telling', async () => {
  const started = job();
  await orchestrator.start(started);
  const nudge = orchestrator.nudge(started.id, 'paused');
  await client.workflow.getHandle(started.id).terminate();
  await nudge;
});

test('a cancel is asked for although no worker is there to hear it', async () => {
  const started = job();
  await orchestrator.start(started);
  await orchestrator.cancel(started.id);
  await orchestrator.cancel(started.id);
  const { events } = await client.workflow.getHandle(started.id).fetchHistory();
  assert.equal(events?.filter((event) => event.workflowExecutionCancelRequestedEventAttributes).length, 1);
});

test('a new status is told although no worker is there to hear it', async () => {
  const started = job();
  await orchestrator.start(started);
  await orchestrator.nudge(started.id, 'paused');
  await orchestrator.nudge(started.id, 'running');
  const { events } = await client.workflow.getHandle(started.id).fetchHistory();
  const told = events?.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
  assert.deepEqual(told, ['status', 'status']);
});

test('while Temporal is away everything is unavailable, and afterwards it is as it was', async () => {
  const started = job();
  await orchestrator.start(started);
  await server.stop();
  const outcomes = await Promise.allSettled([
    orchestrator.start(job()),
    orchestrator.cancel(started.id),
    orchestrator.nudge(started.id, 'running'),
    orchestrator.lifeOf(started.id),
  ]);
  for (const outcome of outcomes) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof AppError);
    assert.equal(outcome.reason.code, 'unavailable');
  }
  await server.start();
  let life = await orchestrator.lifeOf(started.id).catch(() => 'away');
  while (life === 'away') life = await orchestrator.lifeOf(started.id).catch(() => 'away');
  assert.equal(life, 'alive');
  await orchestrator.start(job());
});
