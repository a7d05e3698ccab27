import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { QueryConfiguration, SourcePosition, SourceRange } from '../../../../src/domain/query.ts';
import type { SourceSchema } from '../../../../src/domain/source-schema.ts';
import { NO_FILTERS, buildSourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import type { QueryFilters, SourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import { planRanges } from '../../../../src/sources/postgres/query/ranges.ts';
import { streamRows } from '../../../../src/sources/postgres/reading/rows.ts';
import type { StreamOptions } from '../../../../src/sources/postgres/reading/rows.ts';
import type { SourceRow } from '../../../../src/domain/source.ts';
import { createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';

/** Keys that sort otherwise than JavaScript would, many partners, twins, nulls, empty tables. */
const TABLES = `
  create table people (id int primary key, name text, born date);
  create table mails (id int primary key, person_id int, mail text);
  create table notes (person_id int, note text);
  create table places (country text, "Town" text collate "C", n numeric(8,3), primary key (country, "Town", n));
  create table coded (code text collate "en-x-icu" not null, v int);
  create unique index on coded (code collate "C");
  create table moments (at timestamptz primary key, f float8 not null unique);
  create table heap (a int, b text);
  create table base (id int primary key, a text); create table heir (b text) inherits (base);
  create table types (id int primary key, ts timestamp, tz timestamptz, d date, i interval, b bytea, f float8, m money,
    arr text[], j jsonb, bool boolean, n numeric, e text);
  create table hollow (id int primary key);
  insert into people select n * 7 % 1009, case when n % 5 > 0 then 'Name ' || n % 50 end, date '1970-01-01' + n
    from generate_series(1, 1000) n;
  insert into mails select n, n % 300 * 7 % 1009, 'm' || n % 40 from generate_series(1, 2000) n;
  insert into notes select n % 20 * 7, 'note ' || n % 3 from generate_series(1, 400) n;
  insert into places select c, t, n / 8.0 from unnest(array['é', 'E', 'e', 'a b', 'A', 'ä', 'Z', '']) c,
    unnest(array['x', 'X', 'ß', '"q"', '\\', ',', '{}']) t, generate_series(-2, 2) n;
  insert into coded select chr(32 + n) || chr(126 - n), n from generate_series(1, 90) n;
  insert into moments select timestamptz '2024-03-31 00:00:00+01' + (n || ' minutes')::interval, n / 7.0 from generate_series(1, 300) n;
  insert into heap select n % 37, case when n % 11 > 0 then 'b' || n % 3 end from generate_series(1, 500) n;
  insert into base select n, 'a' from generate_series(1, 50) n; insert into heir select n, 'a', 'b' from generate_series(26, 75) n;
  insert into types values (1, '0044-03-15 BC', 'infinity', '-infinity', '1 year -2 days 03:04:05', '\\x00ff', 'NaN', 1.5,
    array['a,b', null, '"'], '{"a": 1}', true, 1e30, ''), (2, '294276-12-31 23:59:59.999999', '2024-03-31 02:30:00+01',
    '5874897-12-31', '0', '', 0.1, null, '{}', 'null', false, 'NaN', null);`;

const query = (
  baseTable: string,
  fields: readonly string[],
  joins: QueryConfiguration['joins'] = [],
): QueryConfiguration => ({
  baseTable,
  joins,
  fields: fields.map((source, at) => ({ source, target: `f${at}` })),
  filters: [],
  targetType: 'customer_users',
});

/** One query of each kind of order. */
const QUERIES: Record<string, QueryConfiguration> = {
  'a primary key': query('people', ['people.id', 'name', 'born']),
  'a primary key that is no field': query('people', ['name', 'born']),
  'a join of many': query(
    'people',
    ['name', 'mails.mail'],
    [{ type: 'left', table: 'mails', on: 'mails.person_id = people.id' }],
  ),
  'a join of many without a key': query(
    'people',
    ['people.id', 'note'],
    [{ type: 'left', table: 'notes', on: 'notes.person_id = people.id' }],
  ),
  'two joins of many': query(
    'people',
    ['people.id', 'mail', 'note'],
    [
      { type: 'left', table: 'mails', on: 'mails.person_id = people.id' },
      { type: 'inner', table: 'notes', on: 'notes.person_id = people.id' },
    ],
  ),
  'a join of one': query(
    'mails',
    ['mails.id', 'people.name'],
    [{ type: 'left', table: 'people', on: 'people.id = mails.person_id' }],
  ),
  'a key of several columns': query('places', ['n', 'country']),
  'a key whose index sorts otherwise than its column': query('coded', ['v', 'code']),
  'a key of instants': query('moments', ['at', 'f']),
  'no key': query('heap', ['a', 'b']),
  'a table with heirs': query('base', ['id', 'a']),
  'a full join': query(
    'people',
    ['people.id', 'mail'],
    [{ type: 'full', table: 'mails', on: 'mails.person_id = people.id and mails.id > 100' }],
  ),
  'no rows': query('hollow', ['id']),
};

describe('rows of a source', () => {
  let source: SourceDatabase;
  let schema: SourceSchema;
  before(async () => {
    source = await createSource({ sql: TABLES });
    schema = await source.introspect();
  });
  after(() => source.drop());

  const built = (configuration: QueryConfiguration, filters: QueryFilters = NO_FILTERS): Promise<SourceQuery> =>
    buildSourceQuery(configuration, schema, filters);

  /** Rows and the position after each batch. */
  const read = async (
    from: SourceQuery,
    options: StreamOptions = {},
  ): Promise<{ rows: SourceRow[]; positions: SourcePosition[] }> => {
    await using session = await source.open();
    const rows: SourceRow[] = [];
    const positions: SourcePosition[] = [];
    for await (const batch of streamRows(session, from, options)) {
      rows.push(...batch.rows.rows(batch.columns.length));
      positions.push(batch.position);
    }
    return { rows, positions };
  };
  const sorted = (rows: readonly SourceRow[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();

  for (const [kind, configuration] of Object.entries(QUERIES)) {
    test(`of ${kind} are all of them, in the same order however they are cut and taken up again`, async () => {
      const from = JSON.parse(JSON.stringify(await built(configuration))) as SourceQuery;
      const { rows } = await read(from);
      const joins = configuration.joins.map(({ type, table, on }) => `${type} join ${table} on ${on}`).join(' ');
      const fields = configuration.fields.map(({ source: text, target }) => `(${text})::text as ${target}`).join(', ');
      const expected = await source.run(
        `set timezone = 'UTC'; set extra_float_digits = 1; select ${fields} from ${configuration.baseTable} ${joins}`,
      );
      const result = (Array.isArray(expected) ? (expected as (typeof expected)[]).at(-1) : expected) ?? expected;
      assert.deepEqual(sorted(rows), sorted(result.rows.map((row) => Object.values(row) as SourceRow)));
      assert.deepEqual((await read(from)).rows, rows);

      // Taken up after each of many places, in batches of a size that parts rows of one key.
      const { positions, rows: inBatches } = await read(from, { batchSize: 17 });
      assert.deepEqual(inBatches, rows);
      const every = Math.max(1, Math.floor(positions.length / 12));
      for (let at = 0; at < positions.length; at += every) {
        const rest = await read(from, { position: positions[at] ?? null, batchSize: 17 });
        assert.deepEqual(rest.rows, rows.slice((at + 1) * 17));
      }

      // Divided into ranges, and limited.
      await using session = await source.open();
      const plan = await planRanges(session, from, 60);
      assert.equal(plan.total, rows.length);
      const parts: SourceRow[] = [];
      for (const range of plan.ranges) {
        const part = await read(from, { range });
        assert.equal(part.rows.length, range.rows);
        parts.push(...part.rows);
      }
      assert.deepEqual(parts, rows);
      const position = positions[1] ?? null;
      assert.deepEqual((await read(from, { position, limit: 25 })).rows, rows.slice(position ? 34 : 0).slice(0, 25));
    });
  }

  test('are divided into ranges only by a unique key, and end open for what comes later', async () => {
    await using session = await source.open();
    const ranges = async (
      name: string,
      filters = NO_FILTERS,
      size: number | null = 100,
    ): Promise<readonly SourceRange[]> => {
      const configuration = QUERIES[name];
      assert.ok(configuration);
      return (await planRanges(session, await built(configuration, filters), size)).ranges;
    };
    const whole = { after: null, upTo: null };
    assert.equal((await ranges('a primary key')).length, 10);
    assert.equal((await ranges('a primary key')).at(-1)?.upTo, null);
    assert.deepEqual(await ranges('a primary key', NO_FILTERS, null), [{ ...whole, rows: 1000 }]);
    assert.deepEqual(await ranges('a primary key', { ...NO_FILTERS, limit: 70 }), [{ ...whole, rows: 70 }]);
    assert.deepEqual(await ranges('a primary key', { ...NO_FILTERS, limit: 5000 }), [{ ...whole, rows: 1000 }]);
    assert.deepEqual(await ranges('no key'), [{ ...whole, rows: 500 }]);
    assert.deepEqual(await ranges('no rows'), [{ ...whole, rows: 0 }]);
  });

  test('have values as the source wrote them, in UTC and ISO 8601, whatever its settings', async () => {
    await source.run(`alter database "${source.connection.database}" set timezone = 'America/New_York';
      alter database "${source.connection.database}" set datestyle = 'German';
      alter database "${source.connection.database}" set bytea_output = 'escape'`);
    const columns = ['ts', 'tz', 'd', 'i', 'b', 'f', 'm', 'arr', 'j', 'bool', 'n', 'e'];
    await using session = await source.open();
    for await (const batch of streamRows(session, await built(query('types', columns)))) {
      assert.deepEqual(
        batch.columns.map(({ family }) => family),
        [
          'timestamp',
          'timestamptz',
          'date',
          'interval',
          'bytea',
          'float',
          'money',
          'array',
          'json',
          'boolean',
          'numeric',
          'text',
        ],
      );
      assert.deepEqual(batch.rows.rows(columns.length), [
        [
          '0044-03-15 00:00:00 BC',
          'infinity',
          '-infinity',
          'P1Y-2DT3H4M5S',
          String.raw`\x00ff`,
          'NaN',
          '$1.50',
          '{"a,b",NULL,"\\""}',
          '{"a": 1}',
          't',
          '1000000000000000000000000000000',
          '',
        ],
        [
          '294276-12-31 23:59:59.999999',
          '2024-03-31 01:30:00+00',
          '5874897-12-31',
          'PT0S',
          String.raw`\x`,
          '0.1',
          null,
          '{}',
          'null',
          'f',
          'NaN',
          null,
        ],
      ]);
      assert.deepEqual(batch.position, { key: ['2'], ordinal: 1 });
    }
  });

  test('come in batches of fewer rows when they are large, and wait for a slow reader', async () => {
    await source.run(`create table texts (id int primary key, body text);
      insert into texts select n, repeat(md5(n::text), 8192) from generate_series(1, 400) n`);
    schema = await source.introspect();
    await using session = await source.open();
    const sizes: number[] = [];
    let ahead = 0;
    for await (const batch of streamRows(session, await built(query('texts', ['id', 'body'])))) {
      sizes.push(batch.rows.length);
      const before = session.bytesReceived;
      // Long enough for a server on the same machine to send all there is, were it not made to wait.
      if (sizes.length < 4) await new Promise((settle) => setTimeout(settle, 100));
      ahead = Math.max(ahead, session.bytesReceived - before);
    }
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      400,
    );
    assert.ok(Math.max(...sizes) <= 32, String(sizes));
    assert.ok(ahead < 20 * 1024 * 1024, String(ahead));
  });

  test('of many batches keep memory flat', async () => {
    const numbers = await source.run(
      'create table numbers as select n as id, md5(n::text) as a, md5((n + 1)::text) as b from generate_series(1, 200000) n; alter table numbers add primary key (id)',
    );
    assert.ok(numbers);
    schema = await source.introspect();
    await using session = await source.open();
    let count = 0;
    let last = '';
    for await (const { rows, columns, position } of streamRows(session, await built(query('numbers', ['a', 'b'])))) {
      count += rows.length;
      last = position.key.join();
      assert.deepEqual([columns.length, rows.row(0, columns.length).length], [2, 2]);
    }
    assert.deepEqual([count, last], [200_000, '200000']);
  });
});
