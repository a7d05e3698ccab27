import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import pg from 'pg';
import { connectionFailed, queryFailed } from '../../../../src/sources/postgres/connection/connection-errors.ts';
import { serverWords } from '../../../../src/sources/postgres/connection/server-words.ts';

const ADA = { username: 'ada', database: 'help desk' };

describe('the words of a source’s server', () => {
  test('are told as they are', () => {
    const words = 'column "shoe size" does not exist';
    assert.equal(serverWords(words, '42703', { ...ADA, password: 'secret' }), words);
    assert.equal(serverWords(words, '42703', { ...ADA, password: '' }), words);
  });

  test('are not told when the password is part of them, and no gap shows where it was', () => {
    for (const [words, sqlState, told] of [
      ['what does hunter2 mean?', '28000', 'the server does not let this user in'],
      ['no pg_hba.conf entry for host "10.0.0.1", user "ada", hunter2', '28P01', 'password authentication failed'],
      ['relation "hunter2" does not exist', '42P01', 'a table or view does not exist'],
      ['hunter2', '0A000', 'the server refused this'],
    ] as const) {
      assert.equal(serverWords(words, sqlState, { ...ADA, password: 'hunter2' }), told);
    }
  });

  test('are whole sentences however short the password is', () => {
    for (const password of ['a', 'is', 'ada', 'd"', 'password', 'help desk']) {
      for (const [words, sqlState] of [
        ['password authentication failed for user "ada"', '28P01'],
        ['database "help desk" does not exist', '3D000'],
        ['role "ada" does not exist', '28000'],
      ] as const) {
        assert.equal(serverWords(words, sqlState, { ...ADA, password }), words);
      }
    }
    assert.equal(
      serverWords('column "name" does not exist', '42703', { ...ADA, password: 'a' }),
      'a column does not exist',
    );
  });
});

describe('a failed connection or query', () => {
  const refusal = (message: string, code: string): pg.DatabaseError =>
    Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code });

  test('holds the password nowhere, not in its cause either', () => {
    const about = { ...ADA, host: 'db.example', port: 5432, password: 'hunter2' };
    for (const error of [
      connectionFailed(refusal('you sent hunter2', '28000'), about),
      connectionFailed(new Error('SASL: server returned error: "hunter2"'), about),
      connectionFailed(new Error('no such thing', { cause: new Error('hunter2') }), about),
      queryFailed(refusal('you once sent hunter2', '42601'), about),
      queryFailed(Object.assign(refusal('no', '42601'), { detail: 'but hunter2' }), about),
    ]) {
      const { message, stack, details } = error;
      assert.doesNotMatch(JSON.stringify([message, stack, details]), /hunter2/u);
      assert.equal(error.cause, undefined);
    }
  });

  test('keeps its cause when that is harmless', () => {
    const cause = refusal('permission denied for table people', '42501');
    assert.equal(queryFailed(cause, { password: 'hunter2' }).cause, cause);
  });

  test('of the network is told in the system’s words whatever the password is', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const error = connectionFailed(refused, { ...ADA, host: '127.0.0.1', port: 1, password: 'e' });
    assert.equal(error.details['error'], 'could not connect to server: Connection refused');
  });
});
