import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startUniversal } from './universal-app.ts';
import type { UniversalApp } from './universal-app.ts';

let universal: UniversalApp;

before(async () => {
  universal = await startUniversal({ rateLimits: 'documented' });
});

after(() => universal.close());

const NOBODYS = '0198c0de-0000-7000-8000-00000000dead';

/** The document's sentences, each with requests that belong to the group. */
const GROUPS = [
  {
    sentence: 'Profile Management: 60 requests per minute',
    limit: 60,
    requests: [
      ['GET', '/profiles'],
      ['GET', `/profiles/${NOBODYS}/schema`],
    ],
  },
  {
    sentence: 'Connection Testing: 10 requests per minute (to prevent abuse)',
    limit: 10,
    requests: [
      ['POST', '/profiles/test-connection'],
      ['POST', `/profiles/${NOBODYS}/test-connection`],
    ],
  },
  {
    sentence: 'Query Builder: 30 requests per minute',
    limit: 30,
    requests: [
      ['GET', `/profiles/${NOBODYS}/builder/tables`],
      ['POST', `/profiles/${NOBODYS}/builder/validate`],
      ['GET', `/profiles/${NOBODYS}/preview`],
    ],
  },
  {
    sentence: 'Template Operations: 20 requests per minute',
    limit: 20,
    requests: [
      ['GET', '/templates'],
      ['PUT', `/profiles/${NOBODYS}/template`],
    ],
  },
  {
    sentence: 'Job Monitoring: 120 requests per minute (for real-time updates)',
    limit: 120,
    requests: [
      ['GET', '/jobs'],
      ['GET', `/jobs/${NOBODYS}/status`],
    ],
  },
] as const;

describe('Import API endpoints are rate limited', () => {
  for (const { sentence, limit, requests } of GROUPS) {
    test(sentence, async () => {
      const caller = await universal.join();
      for (let used = 1; used <= limit; used++) {
        const [method, path] = requests[used % requests.length] ?? requests[0];
        const { status, headers } = await caller.ask(method, path);
        assert.notEqual(status, 429, `request ${used}`);
        assert.equal(headers.get('X-RateLimit-Limit'), String(limit));
        assert.equal(headers.get('X-RateLimit-Remaining'), String(limit - used));
      }
      for (const [method, path] of requests) {
        const { status, headers, body } = await caller.ask(method, path);
        assert.equal(status, 429);
        assert.deepEqual(Object.keys(body), ['message']);
        assert.ok(Number(headers.get('Retry-After')) > 0);
      }
      const other = await universal.join({ tenantId: caller.user.tenantId });
      const [method, path] = requests[0];
      assert.notEqual((await other.ask(method, path)).status, 429);
    });
  }
});
