import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SourceSchema, SourceTable } from '../../../../src/domain/source-schema.ts';
import { introspect } from '../../../../src/sources/postgres/catalog/introspect.ts';
import { testData } from '../../../support/test-data.ts';
import { createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';

const ODD = `
  create type mood as enum ('sad', 'glad');
  create domain short_text as varchar(5) not null;
  create domain shorter_text as short_text;
  create type pair as (a int, b text);
  create schema sales;
  create schema "Odd ""Schema";
  create table kinds (
    a smallint primary key, b numeric(10,2), c double precision, d text, e character varying(255), f char(3), g boolean,
    h date, i timestamp(0), j timestamptz, k time, l interval, m json, n jsonb, o uuid, p bytea, q int[], r mood,
    s shorter_text, t pair, u inet, v money, w oid, x name, y "char", z tsvector, gone int);
  alter table kinds drop column gone;
  create table sales.orders (id bigint generated always as identity primary key, code text not null unique collate "C");
  create unique index on sales.orders (code collate "POSIX");
  create table "Order Details" ("Order ID" int, "select" int, primary key ("Order ID", "select"));
  create table "a.b" (id int);
  create table "12"" Pipes" (id int);
  create table "Odd ""Schema"."Ünïcode ""Table" (id int);
  create table measured (at date not null, value int, primary key (at, value)) partition by range (at);
  create table measured_1 partition of measured for values from ('2024-01-01') to ('2025-01-01');
  create table measured_2 (value int not null, at date not null);
  alter table measured attach partition measured_2 for values from ('2025-01-01') to ('2026-01-01');
  insert into measured select date '2024-06-01' + n, n from generate_series(1, 300) n;
  create table parent (id int primary key);
  create table child () inherits (parent);
  create table referring (x int, y int, z int references kinds (a), foreign key (x, y) references "Order Details");
  create view seen as select a, d from kinds;
  create materialized view kept as select a from kinds;
  create unique index on kept (a);
  create materialized view empty_view as select 1 as one with no data;
  create view broken as select 1 / (a - a) as boom from kinds;
  create table partial (id int, other int);
  create unique index on partial (id) where other > 0;
  create unique index on partial ((id + 1));
  create unique index on partial (id) include (other);
  insert into kinds (a, s) select n, 'x' from generate_series(1, 7) n;
  create schema closed; create table closed.secret (id int); `;

const column = (table: SourceTable | undefined, name: string) => table?.columns.find((each) => each.name === name);

describe('the schema of a source', () => {
  let source: SourceDatabase;
  let schema: SourceSchema;
  const table = (name: string): SourceTable | undefined => schema.tables.find((each) => each.name === name);

  before(async () => {
    source = await createSource({ sql: ODD });
    schema = await source.introspect();
  });
  after(() => source.drop());

  test('lists the tables and views of all schemas, with partitions in their parent', () => {
    assert.deepEqual(schema.tables.map(({ name, kind }) => `${name} ${kind}`).toSorted(), [
      '"Odd ""Schema"."Ünïcode ""Table" table',
      '"a.b" table',
      '12" Pipes table',
      'Order Details table',
      'broken view',
      'child table',
      'closed.secret table',
      'empty_view materialized_view',
      'kept materialized_view',
      'kinds table',
      'measured partitioned_table',
      'parent table',
      'partial table',
      'referring table',
      'sales.orders table',
      'seen view',
    ]);
  });

  test('knows every type by its family and what it can be cast to', () => {
    const kinds = table('kinds');
    assert.deepEqual(
      kinds?.columns.map(({ name, type, family, baseType }) => [
        name,
        type,
        family,
        ...(baseType === type ? [] : [baseType]),
      ]),
      [
        ['a', 'smallint', 'integer'],
        ['b', 'numeric(10,2)', 'numeric', 'numeric'],
        ['c', 'double precision', 'float'],
        ['d', 'text', 'text'],
        ['e', 'character varying(255)', 'text', 'character varying'],
        ['f', 'character(3)', 'text', 'bpchar'],
        ['g', 'boolean', 'boolean'],
        ['h', 'date', 'date'],
        ['i', 'timestamp(0) without time zone', 'timestamp', 'timestamp without time zone'],
        ['j', 'timestamp with time zone', 'timestamptz'],
        ['k', 'time without time zone', 'time'],
        ['l', 'interval', 'interval'],
        ['m', 'json', 'json'],
        ['n', 'jsonb', 'json'],
        ['o', 'uuid', 'uuid'],
        ['p', 'bytea', 'bytea'],
        ['q', 'integer[]', 'array'],
        ['r', 'mood', 'enum'],
        ['s', 'shorter_text', 'text', 'character varying'],
        ['t', 'pair', 'other'],
        ['u', 'inet', 'other'],
        ['v', 'money', 'money'],
        ['w', 'oid', 'integer'],
        ['x', 'name', 'text'],
        ['y', '"char"', 'text'],
        ['z', 'tsvector', 'other'],
      ],
    );
    assert.deepEqual(
      [column(kinds, 'a'), column(kinds, 'd')].map((each) => [each?.nullable, each?.primaryKey]),
      [
        [false, true],
        [true, false],
      ],
    );
  });

  test('tells of the indexes that can give an order, and where an index sorts otherwise than its column', () => {
    assert.deepEqual(table('Order Details')?.indexes, [
      {
        columns: [
          { name: 'Order ID', collation: null },
          { name: 'select', collation: null },
        ],
        unique: true,
        primary: true,
      },
    ]);
    assert.deepEqual(
      table('sales.orders')?.indexes.map(({ columns }) => columns[0]),
      [
        { name: 'id', collation: null },
        { name: 'code', collation: null },
        { name: 'code', collation: { schema: 'pg_catalog', name: 'POSIX' } },
      ],
    );
    assert.deepEqual(table('partial')?.indexes, [
      { columns: [{ name: 'id', collation: null }], unique: true, primary: false },
    ]);
    assert.equal(table('parent')?.keysHold, false);
    assert.equal(table('measured')?.keysHold, true);
  });

  test('tells of foreign keys, those of several columns as one', () => {
    assert.deepEqual(
      schema.relationships.map((key) => [key.table, key.columns, key.referencedTable, key.referencedColumns]),
      [
        ['referring', ['x', 'y'], 'Order Details', ['Order ID', 'select']],
        ['referring', ['z'], 'kinds', ['a']],
      ],
    );
  });

  test('counts what is small and says so; of what cannot be counted the planner’s word is told', async () => {
    assert.deepEqual(table('kinds')?.rowCount, { kind: 'exact', value: 7 });
    assert.deepEqual(table('measured')?.rowCount, { kind: 'exact', value: 300 });
    assert.deepEqual(table('seen')?.rowCount, { kind: 'exact', value: 7 });
    assert.deepEqual(table('empty_view')?.rowCount, { kind: 'exact', value: 0 });
    await source.run(
      'create view slow as select n from generate_series(1, 30) n where pg_sleep(0.1)::text is not null',
    );
    const slow = (await source.introspect()).tables.find(({ name }) => name === 'slow');
    assert.deepEqual([slow?.rowCount.kind, (slow?.rowCount.value ?? 0) > 0], ['estimated', true]);
    await source.run('drop view slow');
    await source.run('create table large as select n from generate_series(1, 30000) n; analyze large');
    const large = (await source.introspect()).tables.find(({ name }) => name === 'large');
    assert.deepEqual(large?.rowCount, { kind: 'estimated', value: 30_000 });
  });

  test('says what the server is', () => {
    assert.match(schema.serverInfo.version, /^PostgreSQL \d+\.\d+$/);
    assert.equal(schema.serverInfo.encoding, 'UTF8');
    assert.ok(schema.serverInfo.collation.length > 0);
  });

  test('leaves out what its user may not read', async () => {
    const role = `reader_${source.connection.database}`;
    await source.run(`create role ${role} login password 'pw'; grant usage on schema public to ${role};
      grant select on kinds to ${role}; grant select (id) on partial to ${role}`);
    try {
      const { openSource } = await import('../../../../src/sources/postgres/connection/connection.ts');
      const { LOOPBACK_GUARD } = await import('../../source-database.ts');
      await using session = await openSource({ ...source.connection, username: role, password: 'pw' }, LOOPBACK_GUARD);
      const seen = await introspect(session);
      assert.deepEqual(
        seen.tables.map(({ name, columns }) => [name, columns.length]),
        [
          ['kinds', 26],
          ['partial', 1],
        ],
      );
    } finally {
      await source.run(`drop owned by ${role}; drop role ${role}`);
    }
  });

  test('of five hundred tables takes no more than a few statements', async () => {
    await source.run(`do $$ begin for n in 1..500 loop
      execute format('create table wide_%s (id int primary key, a int, b text, c text, d date, e numeric)', n); end loop; end $$`);
    const begun = performance.now();
    const large = await source.introspect();
    assert.ok(large.tables.length > 500);
    assert.ok(performance.now() - begun < 3_000);
    assert.deepEqual(large.tables.find(({ name }) => name === 'wide_500')?.rowCount, { kind: 'exact', value: 0 });
  });
});

describe('databases of others', () => {
  for (const [name, tables, relationships] of [
    ['pagila', 23, 21],
    ['chinook', 11, 11],
    ['northwind', 14, 13],
    ['netflix', 1, 0],
    ['freescout_dev', 14, 0],
  ] as const) {
    const { path, skip } = testData(`sql/${name}.sql.gz`);
    test(`${name} has its tables and foreign keys`, { skip }, async () => {
      const source = await createSource({ dump: path });
      try {
        const schema = await source.introspect();
        assert.deepEqual([schema.tables.length, schema.relationships.length], [tables, relationships]);
        assert.deepEqual(
          schema.tables.flatMap(({ columns, name: table }) => (columns.length === 0 ? [table] : [])),
          [],
        );
      } finally {
        await source.drop();
      }
    });
  }
});
