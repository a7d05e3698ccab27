import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import type { LogLine, TestApp } from '../support/app.ts';
import { makeUser } from '../support/factories.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
}

let app: TestApp;
let ailing = false;

before(async () => {
  app = await startTestApp({
    checks: {
      worker: () => (ailing ? Promise.reject(new Error('no worker polls the queue')) : Promise.resolve()),
      temporal: () => (ailing ? new Promise(() => undefined) : Promise.resolve()),
    },
    countJobs: () => (ailing ? new Promise(() => undefined) : Promise.resolve({ running: 2, failed: 1 })),
  });
});

after(() => app.close());

describe('a request id', () => {
  test('is the one that was given, in the answer and in the log', async () => {
    const { headers } = await app.send('GET', '/health/live', { headers: { 'X-Request-Id': 'trace:1/a=b' } });
    assert.equal(headers.get('X-Request-Id'), 'trace:1/a=b');
    const line = await app.logged(({ requestId }) => requestId === 'trace:1/a=b');
    assert.equal(line['path'], '/health/live');
  });

  test('is made where none or an unfit one was given', async () => {
    for (const given of [{}, { 'X-Request-Id': 'a b' }, { 'X-Request-Id': 'x'.repeat(200) }]) {
      const { headers } = await app.send('GET', '/health/live', { headers: given as Record<string, string> });
      assert.match(headers.get('X-Request-Id') ?? '', /^[0-9a-f-]{36}$/u);
    }
  });
});

test('the access log has one line a request: who, what and how it went, without its query', async () => {
  const user = await makeUser(app.orm);
  const token = await app.login(user.email);
  const headers = { 'X-Request-Id': 'access-log' };
  await app.send('PUT', `/api/import/users/${user.id}?token=hush`, { token, headers, body: { name: 'New' } });
  const line = await app.logged(({ requestId, message }) => requestId === 'access-log' && message === 'request');
  const { ms, bytes, time: _time, pid: _pid, ...rest } = line;
  assert.deepEqual(rest satisfies LogLine, {
    level: 'info',
    component: 'api',
    message: 'request',
    requestId: 'access-log',
    method: 'PUT',
    path: `/api/import/users/${user.id}`,
    endpoint: '/api/import/users/:id',
    status: 200,
    address: '127.0.0.1',
    user: user.id,
    tenant: user.tenantId,
  });
  assert.ok(typeof ms === 'number' && typeof bytes === 'number' && bytes > 0);
  assert.equal(JSON.stringify(app.lines).includes('hush'), false);
});

test('every answer tells browsers to be careful', async () => {
  for (const path of ['/health/live', '/docs', '/nothing', '/api/import/me']) {
    const { headers } = await app.send('GET', path);
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(headers.get('Referrer-Policy'), 'same-origin');
    assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'self'.*frame-ancestors 'none'/u);
    assert.equal(headers.get('Access-Control-Allow-Origin'), null);
  }
});

describe('health', () => {
  test('lives', async () => {
    const { status, body } = await app.send('GET', '/health/live');
    assert.deepEqual([status, body], [200, { status: 'live' }]);
  });

  test('is ready when everything it needs is', async () => {
    const { status, body } = await app.send('GET', '/health/ready');
    assert.deepEqual(
      [status, body],
      [200, { status: 'ready', checks: { database: 'ok', temporal: 'ok', worker: 'ok' } }],
    );
  });

  test('names what is not, waits for nothing that hangs, and keeps the reason to the log', async () => {
    ailing = true;
    const headers = { 'X-Request-Id': 'not-ready' };
    const ask = (): ReturnType<TestApp['send']> => app.send('GET', '/health/ready', { headers });
    const [{ status, body }] = await Promise.all([ask(), ask()]);
    ailing = false;
    assert.deepEqual(
      [status, body],
      [503, { status: 'not ready', checks: { database: 'ok', temporal: 'timed out', worker: 'failed' } }],
    );
    const line = await app.logged(({ check }) => check === 'worker');
    assert.equal((line['err'] as { message: string }).message, 'no worker polls the queue');
    assert.equal(line['requestId'], 'not-ready');
    assert.equal(app.lines.filter(({ check }) => check === 'worker').length, 1);
  });
});

test('metrics tell durations and the process even when the store hangs and jobs cannot be counted', async () => {
  ailing = true;
  const { status, body } = await app.send('GET', '/metrics');
  ailing = false;
  assert.equal(status, 200);
  assert.match(String(body), /process_cpu_seconds_total/u);
  assert.doesNotMatch(String(body), /lading_jobs\{/u);
  await app.logged(({ message }) => message === 'jobs could not be counted');
});

test('metrics tell durations by route, jobs by status and the process', async () => {
  await app.send('GET', '/api/import/users/0198c0de-0000-7000-8000-000000000001');
  await app.send('GET', '/no/such/path');
  const { status, headers, body } = await app.send('GET', '/metrics');
  assert.equal(status, 200);
  assert.match(headers.get('Content-Type') ?? '', /^text\/plain; version=0\.0\.4/u);
  const text = String(body);
  assert.match(text, /lading_http_request_duration_seconds_count\{method="GET",endpoint="other",status="404"\} \d/u);
  assert.match(text, /lading_jobs\{status="running"\} 2/u);
  assert.match(text, /lading_jobs\{status="completed"\} 0/u);
  assert.match(text, /process_cpu_seconds_total/u);
  assert.doesNotMatch(text, /0198c0de|no\/such/u);
});

describe('the API page', () => {
  test('lists every endpoint and loads nothing from elsewhere', async () => {
    const { status, headers, body } = await app.send('GET', '/docs');
    assert.deepEqual([status, headers.get('Content-Type')], [200, 'text/html; charset=utf-8']);
    const page = String(body);
    assert.ok(page.includes('<code>/api/import/users/:id</code>'));
    assert.ok(page.includes('<code>/api/v1/auth/login</code>'));
    assert.doesNotMatch(page, /<script|<link|<img|https?:\/\//u);
  });

  test('has one OpenAPI 3.1 document for all dialects, made from the schemas the routes use', async () => {
    const { status, body } = await app.send('GET', '/docs/openapi.json');
    assert.equal(status, 200);
    const document = body as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; security: unknown; parameters: Parameter[] }>>;
    };
    assert.equal(document.openapi, '3.1.0');
    const update = document.paths['/api/import/users/{id}']?.['put'];
    assert.deepEqual(
      update?.parameters.map(({ name, in: place, required }) => [name, place, required]),
      [['id', 'path', true]],
    );
    assert.deepEqual(update?.security, [{ bearer: [] }, { session: [] }]);
    const login = document.paths['/api/v1/auth/login']?.['post'] as unknown as {
      security: unknown;
      requestBody: { content: { 'application/json': { schema: { required: string[] } } } };
    };
    assert.deepEqual(login.security, []);
    assert.deepEqual(login.requestBody.content['application/json'].schema.required, ['email', 'password']);
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
  });
});
