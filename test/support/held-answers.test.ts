import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { open } from '../../src/dialects/route.ts';
import { startTestApp } from './app.ts';
import { things } from './things.ts';

const answers = z.object({ name: z.string(), size: z.int().nullable() });

/** Asks a route that says it answers the above and answers this, and closes the application. */
async function answered(body: object, status = 200): Promise<void> {
  const act = () => Promise.resolve(body);
  const said = open('get', '/said', { summary: '', status: 200, answers, act, present: () => ({ status, body }) });
  const app = await startTestApp({ dialects: () => [{ ...things, routes: [said] }] });
  await app.send('GET', '/things/said');
  await app.close();
}

test('an application whose answers are what its routes say is closed without a word', async () => {
  await answered({ name: 'one', size: null });
});

test('an answer that holds more, less or something else fails the test that was given it', async () => {
  await assert.rejects(answered({ name: 'one', size: 1, colour: 'red' }), /get \/things\/said: .*colour/su);
  await assert.rejects(answered({ name: 'one' }), /get \/things\/said: .*size/su);
  await assert.rejects(answered({ name: 'one', size: 1.5 }), /get \/things\/said: .*size/su);
});

test('so does one of another status', async () => {
  await assert.rejects(answered({ name: 'one', size: 1 }, 201), /get \/things\/said: .*201/su);
});
