import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../../src/dialects/dialect.ts';
import { mountDialects } from '../../src/dialects/mount.ts';
import { open } from '../../src/dialects/route.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { makeUser } from '../support/factories.ts';
import { left, nested, streaming, things } from '../support/things.ts';

let app: TestApp;

before(async () => {
  app = await startTestApp({ dialects: () => [things, nested] });
});

after(() => app.close());

const ID = '0198c0de-0000-7000-8000-000000000001';

async function told(
  method: string,
  path: string,
  given: Parameters<TestApp['send']>[2] = {},
): Promise<[number, unknown]> {
  const { status, body } = await app.send(method, path, given);
  return [status, body];
}

describe('finding the route', () => {
  test('goes by method and path, with or without a slash at the end', async () => {
    assert.deepEqual(await told('GET', '/things'), [200, { at: 'root' }]);
    assert.deepEqual(await told('GET', '/things/'), [200, { at: 'root' }]);
    assert.deepEqual(await told('GET', '/things/latest'), [200, { at: 'latest' }]);
    assert.equal((await app.send('HEAD', '/things/latest')).status, 200);
  });

  test('gives a path to the longest prefix that owns it', async () => {
    assert.deepEqual(await told('GET', '/things/nested/mine'), [200, { nested: true }]);
    assert.deepEqual(await told('GET', '/things/nested/other'), [
      404,
      { oops: 'not_found', says: 'Resource not found' },
    ]);
    assert.deepEqual(await told('GET', '/thingsandmore'), [404, { message: 'Not found' }]);
    assert.deepEqual(await told('GET', '/thing'), [404, { message: 'Not found' }]);
  });

  test('answers what is not there and what is not allowed in the form of the dialect', async () => {
    assert.deepEqual(await told('GET', '/things/a/b/c'), [404, { oops: 'not_found', says: 'Resource not found' }]);
    const { status, body, headers } = await app.send('PATCH', '/things/latest');
    assert.deepEqual(
      [status, body, headers.get('Allow')],
      [405, { oops: 'method_not_allowed', says: 'The PATCH method is not allowed here.' }, 'HEAD, GET'],
    );
  });
});

test('a route that another one hides is found when the app is made', () => {
  const route = (path: string): Route =>
    open('get', path, { summary: path, act: () => Promise.resolve(null), present: () => ({}) });
  const mount = (...paths: string[]): unknown =>
    mountDialects([{ ...things, routes: paths.map(route) }], {
      stages: () => [],
      acting: (_ctx, _route, act) => act(),
      report: () => undefined,
    });
  assert.ok(mount('/jobs/stats', '/jobs/:id', '/jobs/:id/status'));
  assert.throws(
    () => mount('/jobs/:id', '/jobs/stats'),
    /get \/jobs\/stats of things lies behind \/things\/jobs\/:id/u,
  );
  assert.throws(() => mount('/jobs/:id', '/jobs/:job'), /lies behind/u);
});

describe('parsing the input', () => {
  test('gives params and query as the schemas say', async () => {
    assert.deepEqual(await told('GET', `/things/${ID}?page=3&deep[name]=x&unknown=1`), [
      200,
      { params: { id: ID }, query: { page: 3, deep: { name: 'x' } } },
    ]);
    assert.deepEqual(await told('GET', `/things/${ID}?page=0&deep[other]=x`), [
      422,
      {
        oops: 'validation',
        says: 'Validation failed',
        fields: { page: ['The page must be at least 1.'], 'deep.name': ['The deep.name field is required.'] },
      },
    ]);
  });

  test('answers an id that cannot be one like one that is not there', async () => {
    for (const id of ['1', 'x', `${ID}0`, '%00', '%E0%A4%A', "'%20or%201=1"]) {
      assert.deepEqual(await told('GET', `/things/${id}`), [404, { oops: 'not_found', says: 'Thing not found' }]);
    }
  });

  test('names every mistake and ignores fields nobody knows', async () => {
    const fields = { name: ['The name must be a string.'], port: ['The port must be between 1 and 65535.'] };
    assert.deepEqual(await told('POST', '/things/small', { body: { name: 1, port: 0 } }), [
      422,
      { oops: 'validation', says: 'Validation failed', fields },
    ]);
    assert.deepEqual(await told('POST', '/things/small', { body: { name: 'n', port: 1, more: true } }), [
      200,
      { name: 'n', port: 1 },
    ]);
  });
});

describe('who may come in', () => {
  test('is settled before the input is looked at', async () => {
    const agent = await makeUser(app.orm, { role: 'agent' });
    const body = { wrong: true };
    assert.deepEqual(await told('POST', '/things/secret/key', { body }), [
      401,
      { oops: 'unauthenticated', says: 'Unauthenticated.' },
    ]);
    assert.deepEqual(await told('POST', '/things/secret/key', { body, token: await app.login(agent.email) }), [
      403,
      { oops: 'forbidden', says: 'This action needs the permission system.configure.' },
    ]);
    const owner = await makeUser(app.orm);
    const token = await app.login(owner.email);
    assert.equal((await app.send('POST', '/things/secret/key', { body, token })).status, 422);
    assert.deepEqual(await told('GET', '/things/secret/key', { token }), [200, { name: owner.name, session: true }]);
  });
});

describe('answers', () => {
  test('carry status, headers and JSON, and are kept by nobody', async () => {
    const { status, headers, body } = await app.send('POST', '/things/echo', { body: { b: 1, a: [null] } });
    assert.deepEqual([status, body], [201, { b: 1, a: [null] }]);
    assert.equal(headers.get('Content-Type'), 'application/json; charset=utf-8');
    assert.equal(headers.get('X-Keys'), 'b,a');
    assert.equal(headers.get('Cache-Control'), 'no-store');
  });

  test('may be text, a stream or nothing', async () => {
    const stream = await app.send('GET', '/things/text/stream');
    assert.deepEqual([stream.body, stream.headers.get('Content-Type')], ['a,b\n1,2\n', 'text/csv']);
    const html = await app.send('GET', '/things/text/html');
    assert.deepEqual([html.body, html.headers.get('Content-Type')], ['<p>', 'text/html']);
    assert.deepEqual(await told('GET', '/things/text/nothing'), [204, '']);
  });
});

describe('failures', () => {
  test('that are expected are told as they are and not logged', async () => {
    const before = errorsLogged().length;
    assert.deepEqual(await told('GET', '/things/fail/conflict'), [409, { oops: 'conflict', says: 'Already there.' }]);
    assert.equal(errorsLogged().length, before);
  });

  test('that nobody foresaw tell nothing of the inside, and are logged with the id of the request', async () => {
    const headers = { 'X-Request-Id': 'look-for-me' };
    assert.deepEqual(await told('GET', '/things/fail/unforeseen', { headers }), [
      500,
      { oops: 'internal', says: 'Internal server error.' },
    ]);
    const logged = errorsLogged().filter((line) => line['requestId'] === 'look-for-me');
    assert.equal(logged.length, 1);
    const { err, endpoint } = logged[0] as { err: { message: string; stack: string }; endpoint: string };
    assert.equal(err.message, 'a secret detail of the inside');
    assert.equal(endpoint, '/things/fail/:how');
  });

  test('of the store being away are 503 with a time to come back', async () => {
    for (const how of ['database', 'shutdown']) {
      const { status, headers, body } = await app.send('GET', `/things/fail/${how}`);
      assert.deepEqual([status, headers.get('Retry-After')], [503, '5']);
      assert.deepEqual(body, { oops: 'unavailable', says: 'The service is not available just now.' });
    }
    assert.equal(JSON.stringify(app.lines).includes(':pw@'), false);
  });
});

describe('a caller who goes away', () => {
  test('is noticed by the route and leaves no error in the log', async () => {
    const before = errorsLogged().length;
    const arrived = once(app.server, 'request');
    const going = request(`${app.url}/things/wait/forever`).on('error', () => undefined);
    going.end();
    await arrived;
    going.destroy();
    assert.equal(await left.promise, 'noticed');
    const line = await app.logged((entry) => entry['path'] === '/things/wait/forever');
    assert.equal(line['status'], 499);
    assert.equal(errorsLogged().length, before);
  });

  test('ends the stream he was reading', async () => {
    const before = errorsLogged().length;
    const abort = new AbortController();
    const response = await fetch(`${app.url}/things/wait/stream`, { signal: abort.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const stream = await streaming.promise;
    const closed = new Promise((resolve) => stream.once('close', resolve));
    abort.abort();
    await closed;
    await app.logged((entry) => entry['path'] === '/things/wait/stream');
    assert.equal(errorsLogged().length, before);
  });
});

function errorsLogged(): Readonly<Record<string, unknown>>[] {
  return app.lines.filter(({ level }) => level === 'error' || level === 'warn');
}
