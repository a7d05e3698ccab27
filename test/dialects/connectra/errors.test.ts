import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONNECTRA_ERRORS } from '../../../src/dialects/connectra/errors.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';

describe('what cannot be answered is told as {success:false, error:"ERR_CODE: …"}', () => {
  let stage: UniversalApp;
  let caller: Caller;
  before(async () => {
    stage = await startUniversal();
    caller = await stage.join();
  });
  after(() => stage.close());

  const told = async (method: string, path: string, body?: unknown): Promise<readonly [number, string]> => {
    const answer = await caller.askAt(method, path, body);
    assert.deepEqual(Object.keys(answer.body), ['success', 'error']);
    assert.equal(answer.body['success'], false);
    const error = said(answer.body['error']);
    assert.ok(Object.hasOwn(CONNECTRA_ERRORS, error.slice(0, error.indexOf(':'))), error);
    return [answer.status, error];
  };
  const wrong = (query: unknown): ReturnType<typeof told> => told('POST', '/contacts/', query);

  test('an unknown filter key, column, order or word of the language is named', async () => {
    assert.deepEqual(await wrong({ where: { keyword_match: { must: { shoe_size: ['44'] } } } }), [
      400,
      'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "shoe_size".',
    ]);
    for (const query of [{ select_columns: ['shoe_size'] }, { order_by: [{ order_by: 'shoe_size' }] }]) {
      assert.deepEqual(await wrong(query), [400, 'ERR_UNKNOWN_COLUMN: A contact has no column "shoe_size".']);
    }
    assert.deepEqual(await wrong({ wher: {} }), [400, 'ERR_UNKNOWN_FILTER_KEY: There is no "wher" in a query.']);
    assert.deepEqual(await told('POST', '/common/contact/filters/data', { filter_key: '__proto__' }), [
      400,
      'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "__proto__".',
    ]);
    assert.deepEqual(await told('POST', '/companies/count', { where: { text_matches: { must: [{}] } } }), [
      400,
      'ERR_INVALID_QUERY: where.text_matches.must.0.text_value: Invalid input: expected string, received undefined. ' +
        'where.text_matches.must.0.filter_key: Invalid input: expected string, received undefined. ' +
        'where.text_matches.must.0.search_type: Invalid option: expected one of "match"|"match_phrase"|"match_phrase_prefix".',
    ]);
  });

  test('a key of an earlier request says that this is another, and the slash at the end may be left out', async () => {
    const token = await stage.app.login(caller.user.email);
    const send = (name: string): ReturnType<typeof stage.app.send> => {
      const options = { token, headers: { 'Idempotency-Key': 'once' }, body: [{ name }] };
      return stage.app.send('POST', '/companies/batch-upsert', options);
    };
    assert.equal((await send('One')).status, 200);
    const { status, body } = await send('Two');
    assert.deepEqual(
      [status, body],
      [422, { success: false, error: 'ERR_IDEMPOTENCY_KEY: This key was used for another request.' }],
    );
    const found = await caller.askAt('POST', '/companies', { select_columns: ['name'] });
    assert.deepEqual(
      listed(found.body['data']).map((row) => row['name']),
      ['One'],
    );
  });

  test('a page that is too large, a cursor that is none of this order, and what is no query', async () => {
    assert.deepEqual(await wrong({ limit: 101 }), [
      400,
      'ERR_PAGE_SIZE_EXCEEDED: A page has at most 100 rows; 101 were asked for.',
    ]);
    await caller.askAt('POST', '/contacts/batch-upsert', [{ first_name: 'Ada' }, { first_name: 'Bo' }]);
    const { body } = await caller.askAt('POST', '/contacts/', { limit: 1 });
    const cursor = listed(body['data'])[0]?.['cursor'];
    const bad = [400, 'ERR_BAD_CURSOR: The cursor is none that a contact in this order had.'];
    for (const query of [
      { cursor: ['x'] },
      { cursor, order_by: [{ order_by: 'email' }] },
      { cursor: listed(cursor).map((value) => `${said(value)}x`) },
    ]) {
      assert.deepEqual(await wrong(query), bad);
    }
    assert.equal((await caller.askAt('POST', '/contacts/', { cursor })).status, 200);
    assert.deepEqual(await wrong([]), [
      400,
      'ERR_INVALID_QUERY: The query: Invalid input: expected object, received array.',
    ]);
    assert.deepEqual(await wrong({ page: 0 }), [400, 'ERR_INVALID_QUERY: page: Too small: expected number to be >=1.']);
  });

  test('an unknown service is named', async () => {
    const unknown = [400, 'ERR_UNKNOWN_SERVICE: There is no service "contacts"; use "contact" or "company".'];
    assert.deepEqual(await told('GET', '/common/contacts/filters'), unknown);
    assert.deepEqual(await told('POST', '/common/contacts/filters/data', { filter_key: 'country' }), unknown);
  });

  test('malformed JSON, another type of content, and texts that no database holds', async () => {
    assert.deepEqual(await told('POST', '/contacts/', '{"where":'), [
      400,
      'ERR_BAD_REQUEST: The request body is not valid JSON.',
    ]);
    const { status, body } = await stage.app.send('POST', '/contacts/', {
      token: await stage.app.login(caller.user.email),
      headers: { 'Content-Type': 'text/plain' },
      body: '{}',
    });
    assert.deepEqual(
      [status, body],
      [
        400,
        {
          success: false,
          error: 'ERR_BAD_REQUEST: The request body must be JSON (Content-Type: application/json).',
        },
      ],
    );
    assert.deepEqual(await told('POST', '/contacts/batch-upsert', [{ first_name: 'A\u0000da' }]), [
      400,
      'ERR_VALIDATION: The 0.first name must not contain a null character.',
    ]);
  });

  test('without a token, or with a bad one, nothing is told but that', async () => {
    for (const token of [undefined, 'nonsense', 'lading_nonsense']) {
      for (const [method, path] of [
        ['POST', '/contacts/'],
        ['POST', '/companies/count'],
        ['POST', '/common/batch-upsert'],
        ['GET', '/common/contact/filters'],
        ['GET', '/common/nonsense/filters'],
      ] as const) {
        const answer = await stage.app.send(method, path, token === undefined ? {} : { token });
        assert.deepEqual(
          [answer.status, answer.body],
          [401, { success: false, error: 'ERR_UNAUTHORIZED: Unauthenticated.' }],
        );
      }
    }
  });

  test('what there is not, and what cannot be done with what there is', async () => {
    assert.deepEqual(await told('GET', '/companies/nothing'), [404, 'ERR_NOT_FOUND: Resource not found']);
    assert.deepEqual(await told('DELETE', '/contacts/'), [
      405,
      'ERR_METHOD_NOT_ALLOWED: The DELETE method is not allowed here.',
    ]);
  });
});
