import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { guarded } from '../../../src/dialects/route.ts';
import { presentError } from '../../../src/dialects/universal/errors.ts';
import { AppError, invalid } from '../../../src/domain/errors.ts';
import { accessDialects, startTestApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { makeUser } from '../../support/factories.ts';

let acted = 0;
let gate = Promise.resolve();
let entered: () => void = () => undefined;

const counting: Dialect = {
  name: 'counting',
  prefix: '/counting',
  limits: {},
  presentError,
  routes: [
    guarded('post', '/things', {
      summary: 'Counts how often it acts.',
      body: z.object({ name: z.string(), fail: z.string().optional() }),
      act: async ({ body }) => {
        acted += 1;
        entered();
        await gate;
        if (body.fail === 'taken') throw invalid({ name: ['The name has already been taken.'] });
        if (body.fail === 'away') throw new AppError('unavailable', 'Away.');
        if (body.fail === 'state') throw new AppError('conflict', 'Not now.');
        return acted;
      },
      present: (number) => ({ status: 201, headers: { Location: `/counting/things/${number}` }, body: { number } }),
    }),
    guarded('post', '/streams', {
      summary: 'Streams.',
      act: () => Promise.resolve((acted += 1)),
      present: (number) => ({ body: Readable.from([String(number)]) }),
    }),
    guarded('put', '/things', {
      summary: 'Is idempotent by itself.',
      act: () => Promise.resolve((acted += 1)),
      present: (number) => ({ body: { number } }),
    }),
  ],
};

let app: TestApp;
let token: string;

before(async () => {
  app = await startTestApp({ dialects: (access) => [counting, ...accessDialects(access)] });
});

after(() => app.close());

beforeEach(async () => {
  acted = 0;
  gate = Promise.resolve();
  token = await app.login((await makeUser(app.orm)).email);
});

const post = (key: string, body: unknown, path = '/counting/things'): ReturnType<TestApp['send']> =>
  app.send('POST', path, { token, headers: { 'Idempotency-Key': key }, ...(body === undefined ? {} : { body }) });

test('same key and body, the same answer, and nothing is done again', async () => {
  const first = await post('k', { name: 'a', fail: 'never' });
  const second = await post('k', { fail: 'never', name: 'a' });
  assert.deepEqual([first.status, first.body], [201, { number: 1 }]);
  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  assert.equal(second.headers.get('Location'), '/counting/things/1');
  assert.deepEqual(
    [first, second].map(({ headers }) => headers.get('Idempotency-Replayed')),
    [null, 'true'],
  );
  assert.equal(acted, 1);
});

test('the same key with another body is a 422', async () => {
  await post('k', { name: 'a' });
  const { status, body } = await post('k', { name: 'b' });
  assert.deepEqual(
    [status, body],
    [422, { message: 'Validation failed', errors: { 'Idempotency-Key': ['This key was used for another request.'] } }],
  );
  assert.equal(acted, 1);
});

test('a second while the first is under way waits, and gets the same answer', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const inside = new Promise<void>((enter) => {
    entered = enter;
  });
  const first = post('k', { name: 'a' });
  await inside;
  const second = post('k', { name: 'a' });
  resolve();
  assert.deepEqual((await first).body, { number: 1 });
  assert.deepEqual([(await second).status, (await second).body], [201, { number: 1 }]);
  assert.equal(acted, 1);
});

test('a mistake found while acting is kept; one found in the form of the input is not', async () => {
  assert.equal((await post('taken', { name: 'a', fail: 'taken' })).status, 422);
  assert.equal((await post('taken', { name: 'a', fail: 'taken' })).status, 422);
  assert.equal(acted, 1);
  assert.equal((await post('form', { name: 1 })).status, 422);
  assert.equal((await post('form', { name: 'a' })).status, 201);
});

test('what may go well another time is tried again', async () => {
  for (const fail of ['away', 'state']) {
    const statuses = [(await post(fail, { name: 'a', fail })).status, (await post(fail, { name: 'a', fail })).status];
    assert.deepEqual(statuses, fail === 'away' ? [503, 503] : [409, 409]);
  }
  assert.equal(acted, 4);
});

test('streams, other methods and requests without a key are done each time', async () => {
  for (const number of ['1', '2']) assert.equal((await post('s', undefined, '/counting/streams')).body, number);
  const put = { token, headers: { 'Idempotency-Key': 'p' } };
  for (const number of [3, 4]) assert.deepEqual((await app.send('PUT', '/counting/things', put)).body, { number });
  for (const number of [5, 6]) {
    const { body } = await app.send('POST', '/counting/things', { token, body: { name: 'a' } });
    assert.deepEqual(body, { number });
  }
});

test('keys of two users are two keys, and one too long is refused', async () => {
  await post('k', { name: 'a' });
  token = await app.login((await makeUser(app.orm)).email);
  assert.deepEqual((await post('k', { name: 'b' })).body, { number: 2 });
  assert.equal((await post('k'.repeat(256), { name: 'a' })).status, 400);
});

test('an API token that is shown once is shown again only for its key, and lies nowhere readable', async () => {
  const first = await post('make', { name: 'ci' }, '/api/import/tokens');
  const second = await post('make', { name: 'ci' }, '/api/import/tokens');
  assert.deepEqual(second.body, first.body);
  const rows: { kept: string }[] = await app.orm.em
    .fork()
    .execute(`select jsonb_agg(to_jsonb(k))::text as "kept" from "idempotency_keys" k`);
  assert.equal(rows[0]?.kept.includes((first.body as { token: string }).token), false);
  const tokens = (await app.send('GET', '/api/import/tokens', { token })).body as { data: unknown[] };
  assert.equal(tokens.data.length, 1);
});
