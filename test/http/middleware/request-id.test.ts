import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp } from '../../support/app.ts';

/** The address the log tells of a request that brought this `X-Forwarded-For`, with so many proxies in front. */
async function addressOf(forwarded: string, trustedProxies: number): Promise<unknown> {
  const app = await startTestApp({ trustedProxies });
  try {
    await app.send('GET', '/nowhere', { headers: { 'X-Forwarded-For': forwarded } });
    return (await app.logged((line) => line['path'] === '/nowhere'))['address'];
  } finally {
    await app.close();
  }
}

describe('the address of a caller', () => {
  test('is the connection’s where no proxy is in front, whatever he says', async () => {
    assert.equal(await addressOf('203.0.113.7', 0), '127.0.0.1');
  });

  test('is what the outermost proxy of ours saw, not what he wrote before it', async () => {
    assert.equal(await addressOf('203.0.113.7', 1), '203.0.113.7');
    assert.equal(await addressOf('198.51.100.1, 203.0.113.7', 1), '203.0.113.7');
    assert.equal(await addressOf('198.51.100.1, 203.0.113.7, 10.0.0.2', 2), '203.0.113.7');
  });
});
