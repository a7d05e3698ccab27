import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { guarded, open } from '../../src/dialects/route.ts';
import type { AnyRequest } from '../../src/dialects/dialect.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { AppError } from '../../src/domain/errors.ts';

const ACTOR: Actor = {
  userId: '0198c0de-0000-7000-8000-000000000001',
  userNumber: 1,
  name: 'Ada',
  email: 'ada@example.com',
  tenantId: '0198c0de-0000-7000-8000-000000000002',
  tenantName: 'Default',
  role: 'agent',
  permissions: [],
  superAdmin: false,
};

function request(actor: Actor | null, params: unknown): AnyRequest {
  const signal = new AbortController().signal;
  return {
    actor,
    params,
    query: {},
    body: {},
    requestId: 'r',
    address: '127.0.0.1',
    origin: 'http://127.0.0.1',
    sessionId: null,
    tokenId: null,
    header: () => null,
    bytes: () => assert.fail('nobody reads it'),
    signal,
  };
}

const greet = guarded('get', '/greet/:times', {
  summary: 'Greets.',
  permission: 'system.import',
  params: z.object({ times: z.coerce.number() }),
  act: async ({ actor, params }) => `${actor.name} `.repeat(params.times).trim(),
  present: (greeting) => ({ status: 201, body: { greeting } }),
});

test('a guarded route acts for its actor and presents the result', async () => {
  assert.deepEqual(await greet.answer(request(ACTOR, { times: 2 })), {
    status: 201,
    body: { greeting: 'Ada Ada' },
  });
});

test('a guarded route refuses to act for nobody', async () => {
  await assert.rejects(
    greet.answer(request(null, { times: 1 })),
    (error) => error instanceof AppError && error.code === 'unauthenticated',
  );
});

test('a guarded route lets in only who has its permission', () => {
  assert.throws(() => greet.authorise(ACTOR), { code: 'forbidden' });
  assert.equal(greet.authorise({ ...ACTOR, permissions: ['system.import'] }), undefined);
});

test('an open route needs no actor', async () => {
  const ping = open('get', '/ping', {
    summary: 'Answers.',
    act: async ({ address }) => address,
    present: (address) => ({ body: { address } }),
  });
  assert.deepEqual(await ping.answer(request(null, {})), { body: { address: '127.0.0.1' } });
});
