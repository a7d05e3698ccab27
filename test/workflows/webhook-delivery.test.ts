import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Actor } from '../../src/domain/actor.ts';
import type { WebhookEvent } from '../../src/domain/webhook.ts';
import { createWebhooks } from '../../src/engine/webhooks/index.ts';
import type { Webhooks } from '../../src/engine/webhooks/index.ts';
import { sweepDeliveries } from '../../src/engine/webhooks/sweep-deliveries.ts';
import { makeActor } from '../support/factories.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { startReceiver } from '../support/receiver.ts';

let engine: TestEngine;
let webhooks: Webhooks;

before(async () => {
  engine = await startTestEngine({ contacts: 40 });
  webhooks = createWebhooks(engine.deps);
  await engine.startWorker();
});

after(() => engine.close());

/** A webhook and the server it goes to, for one test. */
async function made(
  context: TestContext,
  answer?: (response: ServerResponse, count: number) => void,
  { events = ['import.completed'], actor = engine.actor }: { events?: readonly WebhookEvent[]; actor?: Actor } = {},
) {
  const receiver = await startReceiver(answer);
  context.after(() => receiver.close());
  const { id, secret } = await webhooks.create(actor, { url: receiver.url, events, description: null });
  context.after(() => webhooks.remove(actor, id));
  return { id, secret, receiver };
}

async function imported(): Promise<string> {
  const jobId = await engine.create();
  await engine.reached(jobId, 'completed');
  await sweepDeliveries(engine.deps);
  return jobId;
}

/** The deliveries of a webhook once they look so. */
async function deliveries(webhookId: string, fits: (statuses: string[]) => boolean) {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await webhooks.deliveries(engine.actor, webhookId, { page: 1, perPage: 100 });
    if (fits(rows.map(({ delivery }) => delivery.status))) return rows;
    await delay(20);
  }
  throw new Error('the deliveries never came to that');
}

test('a webhook hears of what it asked for, once, signed with the secret it was shown', async (context) => {
  const { id, secret, receiver } = await made(context, undefined, { events: ['import.started', 'import.completed'] });
  const jobId = await imported();
  await Promise.all([sweepDeliveries(engine.deps), sweepDeliveries(engine.deps)]);
  const rows = await deliveries(id, (all) => all.length === 2 && all.every((status) => status === 'delivered'));
  assert.deepEqual(
    rows.map(({ attempts }) =>
      attempts.map(({ number, responseStatus, error }) => ({ number, responseStatus, error })),
    ),
    [[{ number: 1, responseStatus: 204, error: null }], [{ number: 1, responseStatus: 204, error: null }]],
  );
  assert.equal(receiver.received.length, 2);
  const messages = receiver.received.map(({ body, headers }) => {
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    return new Webhook(secret).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])));
  }) as { type: string; timestamp: string; data: Record<string, unknown> }[];
  const completed = messages.find(({ type }) => type === 'import.completed');
  assert.ok(completed && messages.some(({ type }) => type === 'import.started'));
  const { created_at: createdAt, started_at: startedAt, completed_at: completedAt, ...data } = completed.data;
  assert.deepEqual(data, {
    id: jobId,
    job_id: jobId,
    profile_id: engine.profileId,
    importer_id: null,
    context: null,
    kind: 'import',
    status: 'completed',
    row_count: 40,
    processed_rows: 40,
    created_count: 40,
    updated_count: 0,
    skipped_count: 0,
    error_count: 0,
    error: null,
  });
  for (const time of [createdAt, startedAt, completedAt, completed.timestamp]) {
    assert.equal(new Date(String(time)).toISOString(), time);
  }
});

test('what did not arrive is sent again after a while, under the same id', async (context) => {
  const { id, receiver } = await made(context, (response, count) => response.writeHead(count === 1 ? 500 : 200).end());
  await imported();
  const [pending] = await deliveries(id, ([status]) => status === 'pending');
  assert.ok(pending);
  await receiver.arrived(2);
  const [row] = await deliveries(id, ([status]) => status === 'delivered');
  assert.deepEqual(
    row?.attempts.map(({ responseStatus }) => responseStatus),
    [200, 500],
  );
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  assert.deepEqual(
    ids,
    Array.from({ length: 2 }, () => `msg_${row?.delivery.id.replaceAll('-', '')}`),
  );
  assert.equal(receiver.received[0]?.body, receiver.received[1]?.body);
  assert.equal((await webhooks.get(engine.actor, id)).failingSince, null);
});

test('a server that says it is gone is not called again until its webhook is switched on', async (context) => {
  const { id, receiver } = await made(context, (response, count) => response.writeHead(count === 1 ? 410 : 200).end());
  await imported();
  const [row] = await deliveries(id, ([status]) => status === 'failed');
  const { active, disabledReason } = await webhooks.get(engine.actor, id);
  assert.deepEqual({ active, disabledReason }, { active: false, disabledReason: 'gone' });
  await imported();
  assert.equal((await deliveries(id, () => true)).length, 1);
  const again = () => webhooks.redeliver(engine.actor, id, row?.delivery.id ?? '');
  await assert.rejects(again(), { code: 'wrong_state' });
  await webhooks.change(engine.actor, id, { active: true });
  await again();
  const [redelivered] = await deliveries(id, ([status]) => status === 'delivered');
  assert.equal(redelivered?.delivery.attempts, 2);
  assert.equal(receiver.received.length, 2);
});

test('a webhook that has failed for days is switched off, and what is on its way to it given up', async (context) => {
  const { id } = await made(context, (response) => response.writeHead(500).end());
  await engine.orm.em
    .fork()
    .execute(`update "import_webhooks" set "failing_since" = now() - interval '6 days' where "id" = ?`, [id]);
  await imported();
  const [row] = await deliveries(id, ([status]) => status === 'failed');
  assert.match(row?.delivery.error ?? '', /switched off/u);
  assert.equal((await webhooks.get(engine.actor, id)).disabledReason, 'failing');
});

test('redelivering does not wait for the next attempt, and begins anew', async (context) => {
  const { id, receiver } = await made(context, (response, count) => {
    response.writeHead(count === 1 ? 503 : 200, { 'Retry-After': '3600' }).end();
  });
  await imported();
  const rows = await deliveries(id, ([status]) => status === 'pending');
  await receiver.arrived(1);
  await webhooks.redeliver(engine.actor, id, rows[0]?.delivery.id ?? '');
  await deliveries(id, ([status]) => status === 'delivered');
});

test('a delivery whose workflow was ended by hand is carried on', async (context) => {
  const { id, receiver } = await made(context, (response, count) => {
    response.writeHead(count === 1 ? 503 : 200, { 'Retry-After': '3600' }).end();
  });
  await imported();
  await receiver.arrived(1);
  const [row] = await deliveries(id, ([status]) => status === 'pending');
  await engine.temporal.workflow.getHandle(`webhook-${row?.delivery.id}`).terminate();
  await engine.orm.em
    .fork()
    .execute(`update "import_webhook_deliveries" set "next_attempt_at" = now() - interval '11 minutes'`);
  await sweepDeliveries(engine.deps);
  await deliveries(id, ([status]) => status === 'delivered');
});

test('another tenant’s imports and webhooks are nobody’s business', async (context) => {
  const stranger = await makeActor(engine.orm);
  const { id } = await made(context, undefined, { actor: stranger });
  await imported();
  assert.equal((await webhooks.deliveries(stranger, id, { page: 1, perPage: 10 })).total, 0);
  for (const act of [
    () => webhooks.get(engine.actor, id),
    () => webhooks.change(engine.actor, id, { active: false }),
    () => webhooks.remove(engine.actor, id),
    () => webhooks.deliveries(engine.actor, id, { page: 1, perPage: 10 }),
  ]) {
    await assert.rejects(act(), { code: 'not_found' });
  }
});
