import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NEW_WEBHOOK_EXAMPLE } from '../../../src/dialects/importcsv/answers.ts';
import { createImportcsv } from '../../../src/dialects/importcsv/index.ts';
import { createEmbedding } from '../../../src/engine/embedding/index.ts';
import { createImporters } from '../../../src/engine/importers/index.ts';
import { createImports } from '../../../src/engine/imports/index.ts';
import { createWebhooks } from '../../../src/engine/webhooks/index.ts';
import { createOutboundGuard } from '../../../src/platform/outbound-guard.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { startTestApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { filePlaces } from '../../support/files.ts';
import { makeUser } from '../../support/factories.ts';

const orchestrator = createOrchestrator({
  address: process.env['LADING_TEST_TEMPORAL_ADDRESS'] ?? '',
  namespace: 'default',
  taskQueue: 'nobody',
  uiUrl: 'http://temporal.example',
});
let app: TestApp;
let token: string;

before(async () => {
  app = await startTestApp({
    dialects: (access, orm) => {
      const deps = {
        orm,
        orchestrator,
        sealer: createSealer('in tests'),
        guard: createOutboundGuard([]),
        files: filePlaces(),
      };
      return [
        createImportcsv({
          access,
          embedding: createEmbedding(deps),
          importers: createImporters(deps),
          imports: createImports(deps),
          webhooks: createWebhooks(deps),
        }),
      ];
    },
  });
  token = await app.login((await makeUser(app.orm)).email);
});

after(async () => {
  await app.close();
  await orchestrator.close();
});

const ask = (method: string, path: string, body?: unknown) =>
  app.send(method, `/api/v1/webhooks${path}`, body === undefined ? { token } : { token, body });

/** The document's own example. */
test('a webhook is made as the document prints it; its secret is shown once and stored sealed', async () => {
  const { status, body } = await ask('POST', '', NEW_WEBHOOK_EXAMPLE);
  assert.equal(status, 201);
  const { id, secret, created_at: createdAt, ...rest } = body as Record<string, string>;
  assert.match(secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/u);
  assert.equal(new Date(createdAt ?? '').toISOString(), createdAt);
  assert.deepEqual(rest, {
    ...NEW_WEBHOOK_EXAMPLE,
    active: true,
    disabled_reason: null,
    failing_since: null,
    updated_at: createdAt,
  });
  const shown = { ...rest, id, created_at: createdAt };
  assert.deepEqual((await ask('GET', `/${id}`)).body, shown);
  assert.deepEqual((await ask('GET', '')).body, { items: [shown], total: 1 });
  const [row]: { secret_sealed: string }[] = await app.orm.em.fork().execute('select * from "import_webhooks"');
  assert.ok(row && !row.secret_sealed.includes((secret ?? '').slice(6, 20)));
  assert.equal((await ask('DELETE', `/${id}`)).status, 204);
  assert.deepEqual(await ask('GET', `/${id}`).then((answer) => [answer.status, answer.body]), [
    404,
    { detail: 'Webhook not found' },
  ]);
});

test('it can be changed, switched off and on, and what was sent to it listed', async () => {
  const { id } = (await ask('POST', '', NEW_WEBHOOK_EXAMPLE)).body as { id: string };
  const off = (await ask('PUT', `/${id}`, { active: false, description: null })).body as Record<string, unknown>;
  assert.deepEqual(
    [off['active'], off['disabled_reason'], off['description'], off['url']],
    [false, 'switched_off', null, NEW_WEBHOOK_EXAMPLE.url],
  );
  const on = (await ask('PUT', `/${id}`, { active: true, events: ['import.started'] })).body as Record<string, unknown>;
  assert.deepEqual([on['active'], on['disabled_reason'], on['events']], [true, null, ['import.started']]);
  assert.deepEqual((await ask('GET', `/${id}/deliveries?status=failed`)).body, { items: [], total: 0 });
  const none = await ask('POST', `/${id}/deliveries/${id}/redeliver`);
  assert.deepEqual([none.status, none.body], [404, { detail: 'Delivery not found' }]);
});

test('every mistake is told at once', async () => {
  const { status, body } = await ask('POST', '', { url: 'ftp://x', events: ['import.eaten'], description: 7 });
  assert.equal(status, 422);
  const { detail } = body as { detail: { loc: string[]; msg: string }[] };
  assert.deepEqual(
    detail.map(({ loc }) => loc.join('.')),
    ['body.url', 'body.events.0', 'body.description'],
  );
  for (const url of [
    '/hook',
    'https://me:secret@x.example/',
    'https://x.example/#a',
    `https://x/${'a'.repeat(2_000)}`,
  ]) {
    assert.equal((await ask('POST', '', { url })).status, 422, url);
  }
});

test('an agent may have none', async () => {
  const agent = await app.login((await makeUser(app.orm, { role: 'agent' })).email);
  assert.equal((await app.send('GET', '/api/v1/webhooks', { token: agent })).status, 403);
});
