import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, open, verdict } from './ear.ts';
import { startStage } from './stage.ts';
import type { Person, Stage } from './stage.ts';

let stage: Stage;
let ada: Person;

before(async () => {
  stage = await startStage();
  ada = await stage.person();
});
afterEach(closeClients);
after(() => stage.close());

describe('a Socket.IO client is let in with a token', () => {
  const ways: Record<string, () => Parameters<typeof open>[1]> = {
    'in query.token': () => ({ query: { token: ada.token } }),
    'in auth.token': () => ({ auth: { token: ada.token } }),
    'in auth.headers.Authorization, where Echo puts it': () => ({
      auth: { headers: { Authorization: `Bearer ${ada.token}` } },
    }),
    'in the Authorization header': () => ({ extraHeaders: { Authorization: `Bearer ${ada.token}` } }),
    'in the session cookie': () => ({ extraHeaders: { Cookie: `a=b; lading_session=${ada.cookie}` } }),
    'in the session cookie by its other name': () => ({ extraHeaders: { Cookie: `laravel_session=${ada.cookie}` } }),
    'in the session cookie from a page of this host': () => ({
      extraHeaders: { Cookie: `lading_session=${ada.cookie}`, Origin: stage.url },
    }),
    'in auth.token from a page of another host': () => ({
      auth: { token: ada.token },
      extraHeaders: { Origin: 'https://elsewhere.example' },
    }),
  };
  for (const [way, options] of Object.entries(ways)) {
    test(way, async () => assert.equal(await verdict(open(stage.url, options())), 'connected'));
  }
});

describe('a Socket.IO client is refused as Unauthorized', () => {
  const ways: Record<string, () => Parameters<typeof open>[1]> = {
    'with nothing': () => ({}),
    'with a token that is none': () => ({ auth: { token: 'made up' } }),
    'with a refresh token': () => ({ auth: { token: ada.refreshToken } }),
    'with a bad token beside a good cookie': () => ({
      auth: { token: 'made up' },
      extraHeaders: { Cookie: `lading_session=${ada.cookie}` },
    }),
    'with a cookie from a page of another host': () => ({
      extraHeaders: { Cookie: `lading_session=${ada.cookie}`, Origin: 'https://elsewhere.example' },
    }),
    'with a cookie from a page without an origin of its own': () => ({
      extraHeaders: { Cookie: `lading_session=${ada.cookie}`, Origin: 'null' },
    }),
    'with things of strange types': () => ({ auth: { token: { $ne: 1 }, headers: 'x' } }),
  };
  for (const [way, options] of Object.entries(ways)) {
    test(way, async () => assert.equal(await verdict(open(stage.url, options())), 'Unauthorized'));
  }
});

describe('Socket.IO is served', () => {
  for (const path of ['/socket.io', '/ws']) {
    for (const namespace of ['/', '/ws', '/api/v1/onboarding']) {
      for (const transport of ['polling', 'websocket']) {
        test(`on path ${path}, namespace ${namespace}, by ${transport}`, async () => {
          const job = await stage.job(ada.actor);
          const client = open(stage.url + namespace, { path, query: { token: ada.token }, transports: [transport] });
          assert.equal(await verdict(client), 'connected');
          const answer = await client.subscribe(`import.job.${job.id}`);
          assert.partialDeepStrictEqual(answer, { ok: true, channel: `import.job.${job.id}` });
          await stage.transition(job, 'running', 'paused', 'job.paused');
          const [payload] = await client.ear.payloads('import.job.status.changed', 1);
          assert.partialDeepStrictEqual(payload, { job_id: job.id, status: 'paused', event_type: 'job_paused' });
        });
      }
    }
  }

  test('on no other namespace', async () => {
    const client = open(`${stage.url}/elsewhere`, { query: { token: ada.token } });
    assert.equal(await verdict(client), 'Invalid namespace');
  });

  test('without slashes at the end of its paths', async () => {
    for (const path of ['/socket.io', '/ws']) {
      const options = { path, addTrailingSlash: false, query: { token: ada.token } };
      assert.equal(await verdict(open(stage.url, options)), 'connected', path);
    }
  });

  test('beside the application, which gets all other requests', async () => {
    const answers = await Promise.all(['/', '/wsx', '/api/import/jobs'].map((path) => fetch(stage.url + path)));
    assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), Array(3).fill('the application'));
    assert.equal((await fetch(`${stage.url}/ws`)).status, 426);
    assert.equal((await fetch(`${stage.url}/socket.io/socket.io.js`)).status, 200);
  });
});
