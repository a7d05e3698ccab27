import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

const TEMPORAL_UI = 'https://temporal.example.com/?a=1&b="2"';

let app: TestApp;

before(async () => {
  app = await startTestApp({ temporalUi: TEMPORAL_UI });
});

after(() => app.close());

/** Where the links of a page lead, as a browser reads them. */
function links(page: unknown): string[] {
  return Array.from(String(page).matchAll(/href="([^"]*)"/gu), ([, href = '']) =>
    href.replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  );
}

describe('the start page', () => {
  test('leads to the API, health, metrics and Temporal, and every place of ours is there', async () => {
    const { status, headers, body } = await app.send('GET', '/');
    assert.deepEqual([status, headers.get('Content-Type')], [200, 'text/html; charset=utf-8']);
    const found = links(body);
    assert.deepEqual(found, ['/docs', '/docs/openapi.json', '/health/ready', '/metrics', TEMPORAL_UI]);
    for (const path of found.slice(0, -1)) assert.equal((await app.send('GET', path)).status, 200);
  });

  test('loads nothing, from elsewhere or from here', async () => {
    const { body } = await app.send('GET', '/');
    assert.doesNotMatch(String(body), /<(?:script|link|img|iframe)|src=|url\(|@import/u);
  });

  test('has no picture, which browsers that ask for it need not report', async () => {
    const { status, body } = await app.send('GET', '/favicon.ico');
    assert.deepEqual([status, body], [204, '']);
  });

  test('leaves Temporal out where nobody can open its UI', async () => {
    const without = await startTestApp();
    try {
      const { body } = await without.send('GET', '/');
      assert.deepEqual(links(body), ['/docs', '/docs/openapi.json', '/health/ready', '/metrics']);
    } finally {
      await without.close();
    }
  });

  test('is nowhere else, and nothing can be sent to it', async () => {
    assert.equal((await app.send('GET', '/index.html')).status, 404);
    assert.equal((await app.send('POST', '/', { body: {} })).status, 404);
    const head = await app.send('HEAD', '/');
    assert.deepEqual([head.status, head.body], [200, '']);
  });
});
