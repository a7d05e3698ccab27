import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whereItIsKept, whereToLook } from '../../src/demo/where-to-look.ts';
import { Secret } from '../../src/platform/secret.ts';

const home = { path: '/somewhere/.lading', adminPassword: '/somewhere/.lading/admin-password' };
const running = { baseUrl: 'http://127.0.0.1:8080', temporalUi: 'http://127.0.0.1:8233', home };

describe('what the demo leaves its user with', () => {
  test('are addresses and commands while it serves, and no password in them', () => {
    const auth = { adminEmail: 'admin@localhost', adminPassword: new Secret('hunter2'), secretKey: null };
    const given = whereToLook(running, auth, null);
    assert.match(given, /Start page +http:\/\/127\.0\.0\.1:8080\/\n/u);
    assert.match(given, /\$LADING_ADMIN_PASSWORD/u);
    assert.doesNotMatch(given, /hunter2|Console|import\/jobs\//u);
    assert.match(whereToLook(running, { ...auth, adminPassword: null }, null), /\$\(cat '\/somewhere\/\.lading\//u);
  });

  test('is how to see it again when it ends', () => {
    const told = whereItIsKept(home);
    assert.match(told, /npm start.*\/somewhere\/\.lading/u);
    assert.doesNotMatch(told, /https?:/u);
  });
});
