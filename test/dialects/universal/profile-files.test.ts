import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertNoPasswords, EXAMPLE, makeProfile } from './profile.ts';
import { startUniversal } from './universal-app.ts';
import type { Caller, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
});

after(() => universal.close());

describe('export and import', () => {
  test('a profile travels as a file without its secret, and importing it twice changes nothing', async () => {
    const id = await makeProfile(owner, { name: 'Travels', password: 'CANARY-stays' });
    const { status, body: file, headers } = await owner.ask('GET', `/profiles/${id}/export`);
    assert.equal(status, 200);
    assert.equal(headers.get('Content-Disposition'), `attachment; filename="import-profile-${id}.json"`);
    const { password: _, ...fields } = { ...EXAMPLE, name: 'Travels' };
    assert.deepEqual(file, {
      format: 'lading.profile',
      version: 1,
      profile: { ...fields, template: null, configuration: { queries: {} } },
    });

    const stranger = await universal.join();
    const first = await stranger.ask('POST', '/profiles/import', file);
    assert.equal(first.status, 201);
    assert.equal(first.body['message'], 'Import profile imported successfully');
    const again = await stranger.ask('POST', '/profiles/import', file);
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, first.body);
    const { body } = await stranger.ask('GET', '/profiles');
    assert.equal(body['meta']?.['total'], 1);
  });

  test('a file cannot send the password of an existing profile elsewhere', async () => {
    const id = await makeProfile(owner, { name: 'Lured' });
    const { body: file } = await owner.ask('GET', `/profiles/${id}/export`);
    const moved = { ...file, profile: { ...file['profile'], host: 'evil.example' } };
    const refused = await owner.ask('POST', '/profiles/import', moved);
    assert.deepEqual([refused.status, Object.keys(refused.body['errors'] ?? {})], [422, ['password']]);
    const accepted = await owner.ask('POST', '/profiles/import', { ...moved, password: 'new' });
    assert.deepEqual([accepted.status, accepted.body['profile']?.['host']], [200, 'evil.example']);
  });

  test('a file of another kind is refused', async () => {
    const { status, body } = await owner.ask('POST', '/profiles/import', { format: 'something', version: 2 });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}), ['format', 'version', 'profile']);
  });
});

test('no answer and no log line has held a password', () => assertNoPasswords(universal));
