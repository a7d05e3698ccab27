import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertNoPasswords, makeProfile } from './profile.ts';
import { makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource([
    'create table customers (id integer primary key, first_name varchar(255), last_name text)',
    `insert into customers values (1, 'Jane', 'Smith'), (2, 'John', 'Doe')`,
  ]);
});

after(async () => {
  await universal.close();
  await source.drop();
});

describe('test-connection', () => {
  test('of a new connection that works', async () => {
    const { status, body } = await owner.ask('POST', '/profiles/test-connection', source.fields);
    assert.equal(status, 200);
    const info = body['connection_test']?.['database_info'];
    assert.match(said(info?.['version']), /^PostgreSQL \d+\.\d+$/u);
    assert.match(said(info?.['size']), /^\d+ [kMG]B$/u);
    assert.deepEqual(body, {
      connection_test: {
        success: true,
        message: 'Connection successful',
        database_info: {
          version: info?.['version'],
          database: source.fields.database,
          table_count: 1,
          size: info?.['size'],
        },
      },
    });
  });

  test('of a new connection that is refused', async () => {
    const { status, body } = await owner.ask('POST', '/profiles/test-connection', { ...source.fields, port: 1 });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      connection_test: {
        success: false,
        message: 'Connection failed: SQLSTATE[08006]',
        error: 'could not connect to server: Connection refused',
      },
    });
  });

  test('of an existing profile keeps the result with it', async () => {
    const id = await makeProfile(owner, source.fields);
    const good = await owner.ask('POST', `/profiles/${id}/test-connection`);
    assert.equal(good.body['connection_test']?.['success'], true);
    const { body: connected } = await owner.ask('GET', `/profiles/${id}`);
    assert.equal(connected['status'], 'connected');
    assert.deepEqual(connected['last_test_result'], good.body['connection_test']);
    assert.equal(connected['last_tested_at'], connected['updated_at']);

    await owner.ask('PUT', `/profiles/${id}`, { password: 'CANARY-wrong' });
    const bad = await owner.ask('POST', `/profiles/${id}/test-connection`);
    assert.deepEqual([bad.status, bad.body['connection_test']?.['success']], [200, false]);
    const { body: failed } = await owner.ask('GET', `/profiles/${id}`);
    assert.equal(failed['status'], 'failed');
    assert.deepEqual(failed['last_test_result'], bad.body['connection_test']);
  });

  test('names what is missing', async () => {
    const { status, body } = await owner.ask('POST', '/profiles/test-connection', {});
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}), [
      'database_type',
      'host',
      'port',
      'database',
      'username',
      'password',
    ]);
  });
});

test('no answer and no log line has held a password', () => assertNoPasswords(universal));
