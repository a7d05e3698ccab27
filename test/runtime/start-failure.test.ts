import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startFailure } from '../../src/runtime/start-failure.ts';
import { openStore } from '../../src/store/orm.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let empty: TestDatabase;

before(async () => {
  empty = await createEmptyDatabase();
});

after(() => empty.drop());

/** What a start says whose first words to the store at a URL failed. */
async function toldOf(url: string): Promise<string | null> {
  const orm = openStore(url, 1);
  try {
    await orm.em.fork().execute('select from "users"');
    return null;
  } catch (error) {
    return startFailure(error);
  } finally {
    await orm.close(true);
  }
}

describe('why a process does not start', () => {
  test('a store that is not there, lets nobody in or has no tables is told in a sentence without a secret', async () => {
    const wrong = new URL(empty.url);
    wrong.password = 'hush';
    assert.deepEqual(
      [await toldOf('postgres://lading:hush@127.0.0.1:1/lading'), await toldOf(wrong.href), await toldOf(empty.url)],
      [
        'The store at DATABASE_URL cannot be used: connect ECONNREFUSED 127.0.0.1:1',
        `The store at DATABASE_URL cannot be used: password authentication failed for user "${wrong.username}"`,
        'The store at DATABASE_URL has no tables yet (relation "users" does not exist): run "npm run migrate".',
      ],
    );
  });

  test('an address that somebody else listens on is named', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const address = first.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const second = createServer().listen(port, '127.0.0.1');
    const [error] = await once(second, 'error');
    first.close();
    assert.equal(
      startFailure(error),
      `HOST and PORT cannot be listened on: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
  });

  test('what is our own fault is nobody’s surroundings', () => {
    assert.deepEqual([startFailure(new TypeError('x is not a function')), startFailure('thrown')], [null, null]);
  });
});
