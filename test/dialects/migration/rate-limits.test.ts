import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startUniversal } from '../universal/universal-app.ts';
import type { UniversalApp } from '../universal/universal-app.ts';
import { migrationsOf } from './stage.ts';

let stage: UniversalApp;

before(async () => {
  stage = await startUniversal({ rateLimits: 'documented' });
});

after(() => stage.close());

test('100 requests per minute per user', async () => {
  const jobs = migrationsOf(await stage.join({ role: 'owner' }));
  const { headers } = await jobs.ask('GET', '');
  assert.deepEqual([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')], ['100', '99']);
  assert.ok(Number(headers.get('x-ratelimit-reset')) * 1000 > Date.now());
  const others = await Promise.all(Array.from({ length: 100 }, () => jobs.ask('GET', '?limit=1')));
  assert.deepEqual(
    [200, 429].map((status) => others.filter((answer) => answer.status === status).length),
    [99, 1],
  );
  const refused = await jobs.ask('GET', '');
  assert.deepEqual(
    [refused.status, refused.body],
    [429, { statusCode: 429, message: 'Too Many Requests', error: 'Too Many Requests' }],
  );
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal(refused.headers.get('x-ratelimit-remaining'), '0');
  const next = await migrationsOf(await stage.join({ role: 'owner' })).ask('GET', '');
  assert.equal(next.status, 200);
});
