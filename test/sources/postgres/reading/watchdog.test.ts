import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../../../../src/domain/errors.ts';
import type { SourceConnection } from '../../../../src/domain/query.ts';
import { openSource } from '../../../../src/sources/postgres/connection/connection.ts';
import type { OpenSourceOptions } from '../../../../src/sources/postgres/connection/connection.ts';
import { buildSourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import type { SourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import { streamRows } from '../../../../src/sources/postgres/reading/rows.ts';
import type { StreamOptions } from '../../../../src/sources/postgres/reading/rows.ts';
import { freezableProxy } from '../../proxies.ts';
import { LOOPBACK_GUARD, createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';

const ROWS = 300_000;

describe('reading rows', () => {
  let source: SourceDatabase;
  let query: SourceQuery;
  before(async () => {
    source = await createSource({
      sql: `create table numbers as select n as id, repeat(md5(n::text), 8) as text from generate_series(1, ${ROWS}) n;
        alter table numbers add primary key (id);`,
    });
    const fields = ['id', 'text'].map((name) => ({ source: name, target: name }));
    const configuration = { baseTable: 'numbers', joins: [], fields, filters: [], targetType: 'customer_users' };
    query = await buildSourceQuery(configuration, await source.introspect());
  });
  after(() => source.drop());

  /** Reads until it ends or fails, calling back after the third batch; says how many rows came and what was thrown. */
  const readWith = async (
    during: () => unknown,
    options: StreamOptions & { connection?: SourceConnection; session?: OpenSourceOptions } = {},
  ): Promise<{ rows: number; error: unknown }> => {
    await using session = await openSource(options.connection ?? source.connection, LOOPBACK_GUARD, {
      applicationName: 'watched',
      ...options.session,
    });
    let rows = 0;
    let batches = 0;
    try {
      for await (const batch of streamRows(session, query, options)) {
        rows += batch.rows.length;
        batches += 1;
        if (batches === 3) await during();
      }
      return { rows, error: null };
    } catch (error) {
      return { rows, error };
    }
  };
  const backend = async (): Promise<number> => {
    const { rows } = await source.run("select pid from pg_stat_activity where application_name = 'watched'");
    return Number(rows[0]?.['pid']);
  };
  const assertUnreachable = (error: unknown, words: RegExp): void => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'source_unreachable');
    assert.match(String(error.details['error']), words);
  };

  test('fails when the source ends its connection in the middle', async () => {
    const { rows, error } = await readWith(async () =>
      source.run('select pg_terminate_backend($1)', [await backend()]),
    );
    assert.ok(rows < ROWS);
    assertUnreachable(error, /terminating connection due to administrator command|closed the connection/);
  });

  test('fails when the source freezes in the middle, and leaves nothing hanging', async () => {
    let pid = 0;
    try {
      const { rows, error } = await readWith(
        async () => {
          pid = await backend();
          process.kill(pid, 'SIGSTOP');
        },
        { stallMs: 1_000 },
      );
      assert.ok(rows < ROWS);
      assertUnreachable(error, /^the source sent nothing for 1 seconds$/);
    } finally {
      if (pid > 0) process.kill(pid, 'SIGCONT');
    }
    for (;;) {
      if ((await source.run('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0) return;
    }
  });

  test('goes on when the source froze for less than it may', async () => {
    const { rows, error } = await readWith(
      async () => {
        const pid = await backend();
        process.kill(pid, 'SIGSTOP');
        setTimeout(() => process.kill(pid, 'SIGCONT'), 500);
      },
      { stallMs: 10_000 },
    );
    assert.deepEqual([rows, error], [ROWS, null]);
  });

  test('fails when the network between falls silent', async () => {
    await using proxy = await freezableProxy(source.connection);
    const { rows, error } = await readWith(() => proxy.freeze(), { connection: proxy.connection, stallMs: 1_000 });
    assert.ok(rows < ROWS);
    assertUnreachable(error, /^the source sent nothing for 1 seconds$/);
  });

  test('fails when the rows are locked for too long', async () => {
    await source.run('begin; lock table numbers in access exclusive mode');
    try {
      const { rows, error } = await readWith(() => undefined, { readTimeoutMs: 300 });
      assert.equal(rows, 0);
      assertUnreachable(error, /^canceling statement due to statement timeout$/);
    } finally {
      await source.run('rollback');
    }
  });

  test('fails when the source freezes before the first row or at the last word', async () => {
    for (const sent of ['select "numbers"."id"', 'commit']) {
      await using proxy = await freezableProxy(source.connection, (bytes) => bytes.includes(sent));
      const { error } = await readWith(() => undefined, {
        connection: proxy.connection,
        session: { statementTimeoutMs: 500 },
        stallMs: 500,
        firstRowMs: 500,
      });
      assertUnreachable(error, /^Connection timed out$|^the source sent nothing for 0.5 seconds$/);
    }
  });

  test('waits for a reader who is slow, however long that takes', async () => {
    const { rows, error } = await readWith(() => new Promise((settle) => setTimeout(settle, 1_500)), { stallMs: 400 });
    assert.deepEqual([rows, error], [ROWS, null]);
  });

  test('ends as soon as its signal fires, with the signal’s reason', async () => {
    for (const through of ['session', 'stream'] as const) {
      const stop = new AbortController();
      const { error, rows } = await readWith(
        () => stop.abort(new Error('cancelled by a person')),
        through === 'session' ? { session: { signal: stop.signal } } : { signal: stop.signal },
      );
      assert.ok(rows < ROWS);
      assert.match(String(error), /cancelled by a person/);
    }
  });

  test('that is left early stops the source too', async () => {
    await using session = await openSource(source.connection, LOOPBACK_GUARD, { applicationName: 'left early' });
    for await (const { rows } of streamRows(session, query)) {
      assert.equal(rows.length, 1_000);
      break;
    }
    for (;;) {
      if ((await source.run("select from pg_stat_activity where application_name = 'left early'")).rowCount === 0)
        return;
    }
  });

  test('refuses a row too large to be held, by its announced size', async () => {
    await source.run("insert into numbers values (100000000, repeat('x', 3000000))");
    const { error, rows } = await readWith(() => undefined, { session: { maxRowBytes: 1_000_000 } });
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'source_rejected');
    assert.match(error.message, /^The source sent a row of 30000\d\d bytes, which is more than can be taken\.$/);
    assert.ok(rows <= ROWS);
    await source.run('delete from numbers where id = 100000000');
  });

  test('says what the source says when a value cannot be computed', async () => {
    const fields = [{ source: '100 / (id - 5000)', target: 'x' }];
    const configuration = { baseTable: 'numbers', joins: [], fields, filters: [], targetType: 'customer_users' };
    const dividing = await buildSourceQuery(configuration, await source.introspect());
    await using session = await source.open();
    let rows = 0;
    await assert.rejects(
      (async () => {
        for await (const batch of streamRows(session, dividing)) rows += batch.rows.length;
      })(),
      (error: unknown) =>
        error instanceof AppError && error.code === 'source_rejected' && /division by zero/.test(error.message),
    );
    assert.ok(rows < 5_000);
  });
});
