import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { things } from '../../support/things.ts';

let app: TestApp;

before(async () => {
  app = await startTestApp({ dialects: () => [things] });
});

after(() => app.close());

async function told(
  method: string,
  path: string,
  given: Parameters<TestApp['send']>[2] = {},
): Promise<[number, unknown]> {
  const { status, body } = await app.send(method, path, given);
  return [status, body];
}

test('reads the body of a DELETE', async () => {
  assert.deepEqual(await told('DELETE', '/things/bulk', { body: { ids: [1, 2] } }), [200, { ids: [1, 2] }]);
  assert.deepEqual(await told('DELETE', '/things/bulk'), [
    422,
    { oops: 'validation', says: 'Validation failed', fields: { ids: ['The ids field is required.'] } },
  ]);
});

test('refuses what is not JSON, says so and does not repeat it', async () => {
  const json = { 'Content-Type': 'application/json' };
  for (const body of ['{"name": ', '{name: 1}', 'NaN', '\u0000']) {
    assert.deepEqual(await told('POST', '/things/small', { body, headers: json }), [
      400,
      { oops: 'bad_request', says: 'The request body is not valid JSON.' },
    ]);
  }
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(await told('POST', '/things/small', { body: 'name=n&port=1', headers: form }), [
    400,
    { oops: 'bad_request', says: 'The request body must be JSON (Content-Type: application/json).' },
  ]);
  assert.equal((await app.send('POST', '/things/small', { body: '"text"', headers: json })).status, 422);
  const other = { 'Content-Type': 'application/vnd.api+json; charset=utf-8' };
  assert.equal((await app.send('POST', '/things/echo', { body: '{}', headers: other })).status, 201);
});

test('bounds the size of a body, by its length and by what comes', async () => {
  const small = { name: 'x'.repeat(1_100_000), port: 1 };
  const tooLarge = [413, { oops: 'too_large', says: 'The request body must not be larger than 1048576 bytes.' }];
  assert.deepEqual(await told('POST', '/things/small', { body: small }), tooLarge);
  const chunked = await fetch(`${app.url}/things/small`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: new Blob([JSON.stringify(small)]).stream(),
    duplex: 'half',
  } as RequestInit);
  assert.equal(chunked.status, 413);
  assert.equal((await app.send('POST', '/things/echo', { body: { a: 'x'.repeat(1_500_000) } })).status, 201);
});

test('bounds the depth of a body before anything looks into it', async () => {
  const json = { 'Content-Type': 'application/json' };
  const nest = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal((await app.send('POST', '/things/echo', { body: nest(60), headers: json })).status, 201);
  assert.deepEqual(await told('POST', '/things/echo', { body: nest(500_000), headers: json }), [
    400,
    { oops: 'bad_request', says: 'The request body is nested too deeply.' },
  ]);
});

test('takes any key for what it is, and no text that PostgreSQL cannot hold', async () => {
  const headers = { 'Content-Type': 'application/json' };
  const odd = '{"constructor":1,"id":2}';
  assert.deepEqual(await told('POST', '/things/echo', { body: odd, headers }), [201, JSON.parse(odd)]);
  assert.deepEqual(await told('POST', '/things/echo', { body: { a: ['ok', 'n\u0000l'] } }), [
    422,
    {
      oops: 'validation',
      says: 'Validation failed',
      fields: { 'a.1': ['The a.1 must not contain a null character.'] },
    },
  ]);
  assert.deepEqual(await told('POST', '/things/echo', { body: '{"a":"\\ud83d\\ude00","b_c":"\\ud83d"}', headers }), [
    422,
    {
      oops: 'validation',
      says: 'Validation failed',
      fields: { b_c: ['The b c must not contain half of a surrogate pair.'] },
    },
  ]);
});
