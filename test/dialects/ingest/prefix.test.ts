import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startUniversal } from '../universal/universal-app.ts';

test('the prefix of runs is configurable: all of them are below it, and nothing is where they were', async () => {
  const stage = await startUniversal({ ingestPrefix: '/imports/runs' });
  try {
    const caller = await stage.join();
    const { status, body } = await caller.askAt('GET', '/imports/runs?per_page=5');
    const url = `${stage.app.url}/imports/runs`;
    assert.equal(status, 200);
    assert.deepEqual(body, {
      data: [],
      links: { first: `${url}?per_page=5&page=1`, last: `${url}?per_page=5&page=1`, prev: null, next: null },
      meta: { current_page: 1, from: null, last_page: 1, path: url, per_page: 5, to: null, total: 0 },
    });
    assert.deepEqual((await caller.askAt('GET', '/imports/runs/7')).body, { message: 'Ingest run not found' });
    assert.deepEqual((await caller.askAt('POST', '/imports/runs/trigger/nobody')).body, {
      message: 'Importer not found',
    });
    assert.equal((await caller.askAt('GET', '/api/v1/ingest')).status, 404);
  } finally {
    await stage.close();
  }
});
