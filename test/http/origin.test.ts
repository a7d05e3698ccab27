import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { presentError } from '../../src/dialects/universal/errors.ts';
import { open } from '../../src/dialects/route.ts';
import { startTestApp } from '../support/app.ts';

const asked = open('get', '/', {
  summary: 'Says where it was reached.',
  act: ({ origin }) => Promise.resolve(origin),
  present: (origin) => ({ body: { origin } }),
});
const dialect: Dialect = { name: 'asked', prefix: '/asked', routes: [asked], limits: {}, presentError };

/** Where an application behind so many proxies says that it was reached, by what a request says of TLS. */
async function originOf(trustedProxies: number, proto?: string): Promise<string> {
  const app = await startTestApp({ trustedProxies, dialects: () => [dialect] });
  try {
    const headers = proto === undefined ? {} : { 'X-Forwarded-Proto': proto };
    const { body } = await app.send('GET', '/asked', { headers });
    return String(Object(body).origin).replace(new URL(app.url).host, 'HOST');
  } finally {
    await app.close();
  }
}

describe('links to ourselves', () => {
  test('are of TLS behind a trusted proxy that says so', async () => {
    assert.equal(await originOf(1, 'https'), 'https://HOST');
    assert.equal(await originOf(1, 'http'), 'http://HOST');
    assert.equal(await originOf(1, 'javascript'), 'http://HOST');
    assert.equal(await originOf(1), 'http://HOST');
  });

  test('are of no TLS where a caller says so himself', async () => {
    assert.equal(await originOf(0, 'https'), 'http://HOST');
  });
});
