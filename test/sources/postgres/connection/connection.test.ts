import assert from 'node:assert/strict';
import type net from 'node:net';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../../../../src/domain/errors.ts';
import type { SourceConnection, SslMode } from '../../../../src/domain/query.ts';
import { createOutboundGuard } from '../../../../src/platform/outbound-guard.ts';
import { openSource } from '../../../../src/sources/postgres/connection/connection.ts';
import { testConnection } from '../../../../src/sources/postgres/connection/test-connection.ts';
import { strangeServer, tlsProxy } from '../../proxies.ts';
import { LOOPBACK_GUARD, createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';
import { CERTIFICATE } from '../../test-certificate.ts';

const tried = (connection: SourceConnection) => testConnection(connection, LOOPBACK_GUARD);

let source: SourceDatabase;
before(async () => {
  source = await createSource({ sql: 'create table a (id int); create table b (id int); create view c as select 1' });
});
after(() => source.drop());

describe('a connection test', () => {
  test('tells the version, the database, its tables and its size', async () => {
    const { connection } = source;
    const result = await tried(connection);
    assert.ok(result.success);
    assert.match(result.databaseInfo.version, /^PostgreSQL \d+\.\d+$/);
    assert.match(result.databaseInfo.size ?? '', /^\d+ [kM]B$/);
    assert.deepEqual(
      { ...result, databaseInfo: { ...result.databaseInfo, version: '', size: '' } },
      {
        success: true,
        message: 'Connection successful',
        databaseInfo: { version: '', database: connection.database, tableCount: 2, size: '' },
      },
    );
  });

  test('says what is wrong in the words of document 000', async () => {
    const { connection } = source;
    assert.deepEqual(await tried({ ...connection, port: 1 }), {
      success: false,
      message: 'Connection failed: SQLSTATE[08006]',
      error: 'could not connect to server: Connection refused',
    });
    assert.deepEqual(await tried({ ...connection, database: 'nowhere' }), {
      success: false,
      message: 'Connection failed: SQLSTATE[3D000]',
      error: 'database "nowhere" does not exist',
    });
    assert.deepEqual(await tried({ ...connection, password: 'wrong' }), {
      success: false,
      message: 'Connection failed: SQLSTATE[28P01]',
      error: `password authentication failed for user "${connection.username}"`,
    });
    assert.deepEqual(await testConnection(connection, createOutboundGuard([])), {
      success: false,
      message: 'Connection failed: SQLSTATE[08006]',
      error: `${connection.host} is not allowed as an outbound address; name it in LADING_OUTBOUND_ALLOW`,
    });
  });

  test('ends within ten seconds at a server that takes connections and says nothing', async () => {
    await using silent = await strangeServer(source.connection, () => undefined);
    const begun = performance.now();
    for (const result of await Promise.all(
      (['prefer', 'disable', 'require'] as const).map((sslMode) => tried({ ...silent.connection, sslMode })),
    )) {
      assert.deepEqual(result, {
        success: false,
        message: 'Connection failed: could not connect to server',
        error: 'Connection timed out',
      });
    }
    assert.ok(performance.now() - begun < 10_000);
  });

  test('is not led astray by a server that is none, hangs up or repeats the password', async () => {
    const answers: [(client: net.Socket) => void, RegExp][] = [
      [(client) => void client.destroy(), /server closed the connection unexpectedly/],
      [(client) => void client.write('HTTP/1.1 400 Bad Request\r\n\r\n'), /unencrypted data|invalid response/],
      [(client) => void client.write(Buffer.from('Sextra')), /unencrypted data/],
      [(client) => void client.once('data', () => client.write('N')), /server does not support SSL/],
    ];
    for (const [behave, words] of answers) {
      await using server = await strangeServer(source.connection, behave);
      const result = await tried({ ...server.connection, sslMode: 'require' });
      assert.ok(!result.success);
      assert.match(result.error, words);
    }
    const secret = 'CANARY-5a1f';
    await using parrot = await strangeServer(source.connection, (client) => {
      client.once('data', () => client.write(errorMessage('28000', `what does ${secret} mean?`)));
    });
    assert.deepEqual(await tried({ ...parrot.connection, password: secret, sslMode: 'disable' }), {
      success: false,
      message: 'Connection failed: SQLSTATE[28000]',
      error: 'the server does not let this user in',
    });
  });

  test('names the fields that cannot be sent', async () => {
    const wrong = { ...source.connection, username: 'a\0options\0-c x=y', database: '', port: 0 };
    await assert.rejects(tried(wrong), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual(error.details['fields'], {
        database: ['The database field is required.'],
        username: ['The username must not contain a zero byte.'],
        port: ['The port must be between 1 and 65535.'],
      });
      return true;
    });
  });
});

describe('a session with a source', () => {
  test('takes nothing from the environment of the process', async () => {
    const environment = {
      PGOPTIONS: '-c search_path=elsewhere',
      PGAPPNAME: 'elsewhere',
      PGPASSWORD: 'elsewhere',
      PGSSLMODE: 'verify-full',
      PGSSLNEGOTIATION: 'direct',
      PGREPLICATION: 'database',
      PGCLIENT_ENCODING: 'LATIN1',
      PGHOST: '/nowhere',
    };
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      await using session = await source.open();
      const [settings] = await session.transaction(() =>
        session.query(
          "select current_setting('search_path'), current_setting('application_name'), current_setting('client_encoding')",
        ),
      );
      assert.deepEqual(settings, ['"$user", public', 'lading', 'UTF8']);
      const error = await openSource({ ...source.connection, password: '' }, LOOPBACK_GUARD).catch(
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof AppError);
      assert.match(String(error.details['error']), /password must be a non-empty string/);
    } finally {
      for (const name of Object.keys(environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test('reads in a snapshot that cannot write, and leaves nothing set behind', async () => {
    await using session = await source.open();
    const shown = [
      'TimeZone',
      'DateStyle',
      'IntervalStyle',
      'bytea_output',
      'transaction_read_only',
      'transaction_isolation',
    ];
    const show = `select ${shown.map((name) => `current_setting('${name}')`).join(', ')}`;
    const inside = await session.transaction(() => session.query(show));
    assert.deepEqual(inside, [['UTC', 'ISO, MDY', 'iso_8601', 'hex', 'on', 'repeatable read']]);
    await assert.rejects(
      session.transaction(() => session.query('create table d (id int)')),
      (error: unknown) =>
        error instanceof AppError && error.code === 'source_rejected' && error.details['sqlState'] === '25006',
    );
    const [outside] = await session.query(
      "select current_setting('IntervalStyle'), current_setting('statement_timeout')",
    );
    assert.deepEqual(outside, ['postgres', '0']);
  });

  test('ends a statement that takes too long, and lives on', async () => {
    await using session = await source.open({ statementTimeoutMs: 200 });
    await assert.rejects(
      session.transaction(() => session.query('select pg_sleep(30)')),
      (error: unknown) => error instanceof AppError && error.details['sqlState'] === '57014',
    );
    assert.deepEqual(await session.query('select 1'), [['1']]);
  });

  test('is over when its signal fires, and what the server was doing is cancelled', async () => {
    const stop = new AbortController();
    const session = await source.open({ signal: stop.signal, applicationName: 'stopped session' });
    const sleeping = session.transaction(() => session.query('select pg_sleep(30)'));
    stop.abort(new Error('enough'));
    await assert.rejects(sleeping, /enough/);
    await session.close();
    await assert.rejects(source.open({ signal: AbortSignal.abort(new Error('before')) }), /before/);
    for (;;) {
      const { rowCount } = await source.run(
        "select from pg_stat_activity where application_name = 'stopped session' and state = 'active'",
      );
      if (rowCount === 0) return;
    }
  });

  test('is encrypted as its ssl_mode says', async () => {
    await using proxy = await tlsProxy({ ...source.connection });
    const answer = async (sslMode: SslMode, host = 'localhost'): Promise<string> => {
      const before = proxy.encrypted;
      const result = await tried({ ...proxy.connection, host, sslMode });
      return result.success ? (proxy.encrypted > before ? 'encrypted' : 'plain') : result.error;
    };
    assert.equal(await answer('disable'), 'plain');
    assert.equal(await answer('allow'), 'plain');
    assert.equal(await answer('prefer'), 'encrypted');
    assert.equal(await answer('require'), 'encrypted');
    assert.match(await answer('verify-ca'), /self-signed certificate/);
    assert.match(await answer('verify-full'), /self-signed certificate/);
    const trusted = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...trusted, CERTIFICATE]);
    try {
      assert.equal(await answer('verify-ca'), 'encrypted');
      assert.equal(await answer('verify-ca', '127.0.0.1'), 'encrypted');
      assert.equal(await answer('verify-full'), 'encrypted');
      assert.match(await answer('verify-full', '127.0.0.1'), /does not match certificate's altnames/);
    } finally {
      tls.setDefaultCACertificates(trusted);
    }
  });

  test('goes on without encryption when the server has none and need not have', async () => {
    for (const sslMode of ['prefer', 'allow', 'disable'] as const) {
      assert.equal((await tried({ ...source.connection, sslMode })).success, true);
    }
    const required = await tried({ ...source.connection, sslMode: 'require' });
    assert.ok(!required.success);
    assert.equal(required.error, 'server does not support SSL, but SSL was required');
  });
});

/** An error as a PostgreSQL server sends it. */
function errorMessage(sqlState: string, words: string): Buffer {
  const body = Buffer.from(`SFATAL\0C${sqlState}\0M${words}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
