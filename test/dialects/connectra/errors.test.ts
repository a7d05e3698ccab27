import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { said, startUniversal } from '../universal/universal-app.ts';
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
    return [answer.status, said(answer.body['error'])];
  };

  test('an unknown filter key, column, order or word of the language is named', async () => {
    const wrong = (query: unknown): ReturnType<typeof told> => told('POST', '/contacts/', query);
    assert.deepEqual(await wrong({ where: { keyword_match: { must: { shoe_size: ['44'] } } } }), [
      400,
      'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "shoe_size".',
    ]);
    assert.deepEqual(await wrong({ select_columns: ['shoe_size'] }), [
      400,
      'ERR_UNKNOWN_COLUMN: A contact has no column "shoe_size".',
    ]);
    assert.deepEqual(await wrong({ order_by: [{ order_by: 'shoe_size' }] }), [
      400,
      'ERR_UNKNOWN_COLUMN: A contact has no column "shoe_size".',
    ]);
    assert.deepEqual(await wrong({ wher: {} }), [400, 'ERR_UNKNOWN_FILTER_KEY: There is no "wher" in a query.']);
  });

  test('an unknown service is named', async () => {
    const unknown = [400, 'ERR_UNKNOWN_SERVICE: There is no service "contacts"; use "contact" or "company".'];
    assert.deepEqual(await told('GET', '/common/contacts/filters'), unknown);
    assert.deepEqual(await told('POST', '/common/contacts/filters/data', { filter_key: 'country' }), unknown);
  });
});
