import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { guarded, open } from '../../../src/dialects/route.ts';
import { createRateLimits } from '../../../src/engine/access/rate-limits.ts';
import { rateLimit } from '../../../src/http/middleware/rate-limit.ts';
import { presentError } from '../../../src/dialects/universal/errors.ts';
import { startTestApp } from '../../support/app.ts';
import type { TestAnswer, TestApp } from '../../support/app.ts';
import { makeUser } from '../../support/factories.ts';

const spec = { act: () => Promise.resolve(null), present: () => ({ body: { ok: true } }) };

const limited: Dialect = {
  name: 'limited',
  prefix: '/limited',
  limits: { few: 3, many: 100 },
  presentError,
  routes: [
    guarded('get', '/few', { ...spec, summary: 'One of a group of three a minute.', limit: 'few' }),
    guarded('get', '/few/more', { ...spec, summary: 'Counts in the same group.', limit: 'few' }),
    guarded('get', '/many', { ...spec, summary: 'Another group.', limit: 'many' }),
    guarded('get', '/free', { ...spec, summary: 'No limit.' }),
    guarded('get', '/few/:id', { ...spec, summary: 'Takes an id.', limit: 'few', params: z.object({ id: z.uuid() }) }),
    guarded('get', '/admins', { ...spec, summary: 'Not for all.', limit: 'few', permission: 'system.configure' }),
    open('get', '/open', { ...spec, summary: 'Counted by address.', limit: 'few' }),
  ],
};

let app: TestApp;

before(async () => {
  app = await startTestApp({ dialects: () => [limited], rateLimits: 'documented', trustedProxies: 1 });
});

after(() => app.close());

let token: string;

beforeEach(async () => {
  token = await app.login((await makeUser(app.orm)).email);
});

function standing({ status, headers }: TestAnswer): unknown {
  return {
    status,
    limit: headers.get('X-RateLimit-Limit'),
    remaining: headers.get('X-RateLimit-Remaining'),
  };
}

test('every answer of a limited route says how its user stands', async () => {
  const seen = [];
  for (let index = 0; index < 3; index += 1) seen.push(await app.send('GET', '/limited/few', { token }));
  assert.deepEqual(seen.map(standing), [
    { status: 200, limit: '3', remaining: '2' },
    { status: 200, limit: '3', remaining: '1' },
    { status: 200, limit: '3', remaining: '0' },
  ]);
  const reset = Number(seen[0]?.headers.get('X-RateLimit-Reset'));
  const inSeconds = reset - Date.now() / 1000;
  assert.ok(Number.isInteger(reset) && inSeconds > 50 && inSeconds <= 61);
  assert.equal(seen[2]?.headers.get('X-RateLimit-Reset'), String(reset));
});

test('an answer that says no says it, too', async () => {
  assert.deepEqual(standing(await app.send('GET', '/limited/few/none', { token })), {
    status: 404,
    limit: '3',
    remaining: '2',
  });
});

test('one request too many is a 429 in the form of the dialect that says when to come back', async () => {
  for (let index = 0; index < 3; index += 1) await app.send('GET', '/limited/few', { token });
  for (let index = 0; index < 2; index += 1) {
    const answer = await app.send('GET', '/limited/few', { token });
    assert.deepEqual(standing(answer), { status: 429, limit: '3', remaining: '0' });
    assert.deepEqual(answer.body, { message: 'Too many requests.' });
    const retryAfter = Number(answer.headers.get('Retry-After'));
    assert.ok(retryAfter >= 1 && retryAfter <= 60);
    const reset = Number(answer.headers.get('X-RateLimit-Reset'));
    assert.ok(reset > Date.now() / 1000 && reset <= Date.now() / 1000 + 61);
  }
});

test('routes of a group share a count; groups and users do not', async () => {
  for (const path of ['few', 'few/more', 'few']) await app.send('GET', `/limited/${path}`, { token });
  assert.equal((await app.send('GET', '/limited/few/more', { token })).status, 429);
  assert.deepEqual(standing(await app.send('GET', '/limited/many', { token })), {
    status: 200,
    limit: '100',
    remaining: '99',
  });
  assert.deepEqual(standing(await app.send('GET', '/limited/free', { token })), {
    status: 200,
    limit: null,
    remaining: null,
  });
  const other = await app.login((await makeUser(app.orm)).email);
  assert.equal((await app.send('GET', '/limited/few', { token: other })).status, 200);
});

test('all tokens of a user count together, and who may not come in is not counted', async () => {
  const user = await makeUser(app.orm, { role: 'agent' });
  const [one, two] = [await app.login(user.email), await app.login(user.email)];
  for (let index = 0; index < 5; index += 1) {
    assert.equal((await app.send('GET', '/limited/admins', { token: one })).status, 403);
  }
  await app.send('GET', '/limited/few', { token: one });
  assert.deepEqual(standing(await app.send('GET', '/limited/few', { token: two })), {
    status: 200,
    limit: '3',
    remaining: '1',
  });
});

test('where nobody is logged in the address counts', async () => {
  const from = (address: string): ReturnType<TestApp['send']> =>
    app.send('GET', '/limited/open', { headers: { 'X-Forwarded-For': address } });
  for (let index = 0; index < 3; index += 1) assert.equal((await from('203.0.113.7')).status, 200);
  assert.equal((await from('203.0.113.7')).status, 429);
  assert.equal((await from('203.0.113.8')).status, 200);
});

test('requests at once are counted each', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => app.send('GET', '/limited/few', { token })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 3);
});

test('two processes share the count', async () => {
  const [one, two] = [createRateLimits(app.orm), createRateLimits(app.orm)];
  const counts = [];
  for (const limits of [one, two, one, two]) counts.push(await limits.take('shared', 'somebody', 3));
  assert.deepEqual(
    counts.map((count) => [count?.remaining, count?.retryAfter === null]),
    [
      [2, true],
      [1, true],
      [0, true],
      [0, false],
    ],
  );
});

test('a count starts anew when its minute is over', async () => {
  const limits = createRateLimits(app.orm);
  await limits.take('past', 'somebody', 2);
  await app.orm.em.fork().execute(`update "rate_limits" set "expire" = 0 where "key" like 'past:%'`);
  assert.equal((await limits.take('past', 'somebody', 2))?.remaining, 1);
});

test('a group without a number is found when the app is made', () => {
  assert.throws(() => limitedStage({ ...limited, limits: {} }), /limited has no rate limit "few"/u);
});

function limitedStage(dialect: Dialect): unknown {
  return dialect.routes.map((route) => rateLimit(dialect, route, app.access.limits));
}
