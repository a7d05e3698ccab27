import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import type { FieldMistakes } from '../../../src/domain/errors.ts';
import type { QueryConfiguration } from '../../../src/domain/query.ts';
import type { SourceSchema } from '../../../src/domain/source-schema.ts';
import { checkTypes, countRows, previewRows } from '../../../src/sources/postgres/preview.ts';
import { NO_FILTERS, buildSourceQuery, checkConfiguration } from '../../../src/sources/postgres/query.ts';
import type { QueryFilters } from '../../../src/sources/postgres/query.ts';
import { jsonValue } from '../../../src/sources/postgres/types.ts';
import { HOSTILE_EXPRESSIONS, HOSTILE_TABLES } from '../hostile-expressions.ts';
import { createSource } from '../source-database.ts';
import type { SourceDatabase } from '../source-database.ts';

const TABLES = `
  create schema sales;
  create table customers (id int primary key, first_name varchar(255), last_name text, company text, active boolean,
    score numeric(6,2), tags text[], meta jsonb, created_at timestamp);
  create table emails (id int primary key, customer_id int, email text, type text);
  create table profiles (customer_id int primary key, bio text);
  create table sales.orders (id uuid primary key, customer_id bigint, made date);
  create table sales.customers (id int primary key, note text);
  create table nothing_dated (id int primary key, created_at text);
  create table no_key (a int, b text);
  create table "Order Details" ("Order ID" int primary key, "select" text);
  insert into customers select n, 'First' || n, case when n % 2 = 0 then 'Last' || n end, null, n % 2 = 0, n / 3.0,
    array['a', 'b'], '{"phones": [{"value": "07 1"}]}', timestamp '2024-01-01' + (n || ' days')::interval
    from generate_series(1, 20) n;
  insert into emails select n, n % 10 + 1, 'e' || n || '@example.com', case when n % 3 = 0 then 'work' else 'home' end
    from generate_series(1, 30) n;`;

/** Document 000's example, word for word. */
const DOCUMENTED: QueryConfiguration = {
  baseTable: 'customers',
  joins: [
    { type: 'left', table: 'emails', on: 'emails.customer_id = customers.id', condition: "emails.type = 'work'" },
  ],
  fields: [
    { source: 'customers.id', target: 'external_id', transformation: null },
    { source: "CONCAT(customers.first_name, ' ', customers.last_name)", target: 'name', transformation: 'custom' },
  ],
  filters: [{ field: 'customers.created_at', operator: '>=', value: '2024-01-01' }],
  targetType: 'customer_users',
};

describe('a query configuration', () => {
  let source: SourceDatabase;
  let schema: SourceSchema;
  before(async () => {
    source = await createSource({ sql: TABLES });
    schema = await source.introspect();
  });
  after(() => source.drop());

  const previewed = async (configuration: QueryConfiguration, filters: QueryFilters = NO_FILTERS, limit = 1_000) => {
    await using session = await source.open();
    const query = await buildSourceQuery(configuration, schema, filters);
    return await previewRows(session, query, limit);
  };
  const mistakesOf = async (
    changes: Partial<QueryConfiguration>,
    filters: QueryFilters = NO_FILTERS,
  ): Promise<FieldMistakes> => (await checkConfiguration({ ...DOCUMENTED, ...changes }, schema, filters)).mistakes;
  const field = (text: string) => [{ source: text, target: 'x' }];

  test('of the document gives the SQL, filters and rows that it says', async () => {
    const query = await buildSourceQuery(DOCUMENTED, schema);
    assert.deepEqual(query.appliedFilters, ["created_at >= '2024-01-01'", "emails.type = 'work'"]);
    await using session = await source.open();
    const { sql, columns, rows } = await previewRows(session, query, 2);
    assert.equal(
      sql,
      `SELECT customers.id as external_id, CONCAT(customers.first_name, ' ', customers.last_name) as name FROM customers LEFT JOIN emails ON emails.customer_id = customers.id AND emails.type = 'work' WHERE customers.created_at >= '2024-01-01' ORDER BY customers.id LIMIT 2`,
    );
    assert.deepEqual(columns, [
      { target: 'external_id', family: 'integer', type: 'int4' },
      { target: 'name', family: 'text', type: 'text' },
    ]);
    assert.deepEqual(rows, [
      ['1', 'First1 '],
      ['2', 'First2 Last2'],
    ]);
    assert.deepEqual(await countRows(session, query), { value: 20, exact: true });
  });

  test('is read by the SQL that is shown', async () => {
    const { sql, rows } = await previewed({
      ...DOCUMENTED,
      fields: [...DOCUMENTED.fields, { source: "COALESCE(emails.email, 'none')", target: 'Odd "name"' }],
    });
    const shown = await source.run(sql.replace(/ LIMIT \d+$/, ''));
    assert.deepEqual(
      rows.map((row) => row[2]),
      shown.rows.map((row) => row['Odd "name"']),
    );
  });

  test('takes every function on the list, on a real server', async () => {
    const expressions = [
      "CONCAT_WS('-', first_name, 'x', customers.id)",
      "CONCAT('a', 1, true, null)",
      "lower(first_name) || upper(last_name) || initcap('x')",
      "trim(first_name) || btrim(first_name, 'F') || ltrim(last_name) || rtrim('x ', ' ')",
      'substring(first_name from 2 for 3) || substr(first_name, 2) || left(first_name, 2) || right(first_name, -1)',
      "replace(first_name, 'i', 'o') || translate(first_name, 'ab', 'cd') || split_part('a.b', '.', 2)",
      "length(first_name) + char_length('ä') + character_length('x') + octet_length('ä') + position('i' in first_name) + strpos(first_name, 'i')",
      "lpad(first_name, 20, '-') || rpad('x', 5) || reverse(first_name) || md5('x') || encode('abc', 'hex')",
      'round(score) + round(score, 1) + floor(score) + ceil(score) + ceiling(score) + trunc(score) + trunc(score, 1) + abs(-1) + mod(5, 3) + div(7, 2) + sign(score)',
      "to_char(created_at, 'YYYY-MM') || to_char(score, '999.9') || to_date('2024', 'YYYY')",
      "to_number('12', '99') + date_part('year', created_at)::numeric",
      "to_timestamp(0) > to_timestamp('2024', 'YYYY')",
      "date_trunc('month', created_at) = date(created_at) or make_date(2024, 1, 2) > '2024-01-01'::date",
      'extract(epoch from created_at) + extract(dow from created_at)',
      "created_at at time zone 'UTC'",
      "array_to_string(tags, ',') || array_to_string(tags, ',', '*') || array_length(tags, 1) || cardinality(tags)",
      "jsonb_extract_path_text(meta, 'phones', '0', 'value') || json_extract_path_text(meta::json, 'phones')",
      "jsonb_array_length(meta -> 'phones') + json_array_length((meta -> 'phones')::json)",
      'jsonb_typeof(meta) || json_typeof(meta::json)',
      "meta -> 'phones' -> 0 ->> 'value'",
      "meta #>> '{phones,0,value}'",
      'coalesce(null, nullif(first_name, last_name), greatest(first_name, last_name), least(1, 2)::text)',
      'customers.id between 1 and 5 and customers.id in (1, 2) and not (active is true) or last_name is null',
      "first_name like 'F%' and first_name not ilike '%z' and customers.id is distinct from 3",
      "case when active then 'yes' else 'no' end",
      'customers.id::text::integer::numeric(10,2)::double precision::real::varchar(3)',
      "'2024-01-01 10:00'::timestamp(0) + '1 day'::interval",
      'customers.id % 2 * 3 - 1 + customers.id / 2',
    ];
    for (const expression of expressions) {
      const { rows } = await previewed(
        { ...DOCUMENTED, joins: [], filters: [], fields: field(expression) },
        NO_FILTERS,
        1,
      ).catch((error: unknown) => assert.fail(`${expression}: ${JSON.stringify(error)}`));
      const expected = await source.run(`select format('%s', (${expression})) as x from customers order by id limit 1`);
      assert.equal(rows[0]?.[0] ?? '', expected.rows[0]?.['x'], expression);
    }
  });

  test('may name tables as they are listed, with a schema, quoted, or under another name', async () => {
    const names = async (baseTable: string, text: string) =>
      (await previewed({ ...DOCUMENTED, baseTable, joins: [], filters: [], fields: field(text) })).sql;
    assert.equal(
      await names('Order Details', '"Order Details"."Order ID"'),
      `SELECT "Order Details"."Order ID" as x FROM "Order Details" ORDER BY "Order Details"."Order ID" LIMIT 1000`,
    );
    assert.equal(
      await names('"Order Details" as d', 'd."select"'),
      `SELECT d."select" as x FROM "Order Details" as d ORDER BY d."Order ID" LIMIT 1000`,
    );
    assert.equal(
      await names('sales.orders', 'orders.made'),
      `SELECT orders.made as x FROM sales.orders ORDER BY orders.id LIMIT 1000`,
    );
    assert.equal(
      await names('CUSTOMERS', 'customers.id'),
      `SELECT customers.id as x FROM customers ORDER BY customers.id LIMIT 1000`,
    );
  });

  test('may join a table twice, and tables of one name in two schemas', async () => {
    const { sql, rows } = await previewed({
      ...DOCUMENTED,
      filters: [],
      joins: [
        { type: 'left', table: 'emails as work', on: "work.customer_id = customers.id AND work.type = 'work'" },
        {
          type: 'left',
          table: 'emails home',
          on: 'home.customer_id = customers.id',
          condition: "home.type = 'home' OR home.type IS NULL",
        },
        { type: 'left', table: 'sales.customers', on: 'sales.customers.id = public.customers.id' },
      ],
      fields: [
        { source: 'work.email', target: 'a' },
        { source: 'home.email', target: 'b' },
        { source: 'note', target: 'c' },
      ],
    });
    assert.match(sql, /LEFT JOIN sales\.customers as "sales\.customers" ON "sales\.customers"\.id = customers\.id/);
    assert.match(sql, /AND \(home\.type = 'home' OR home\.type IS NULL\)/);
    const expected =
      await source.run(`select count(*)::int as n from customers c left join emails w on w.customer_id = c.id and w.type = 'work'
      left join emails h on h.customer_id = c.id and (h.type = 'home' or h.type is null)`);
    assert.equal(rows.length, expected.rows[0]?.['n']);
  });

  test('filters by columns with values that are parameters of their type', async () => {
    const ids = async (...filters: QueryConfiguration['filters']): Promise<string> => {
      const { rows } = await previewed({ ...DOCUMENTED, joins: [], fields: field('customers.id'), filters });
      return rows.map(([id]) => id).join();
    };
    assert.equal(await ids({ field: 'id', operator: '<=', value: 3 }), '1,2,3');
    assert.equal(await ids({ field: 'customers.id', operator: 'IN', value: [2, '4'] }), '2,4');
    assert.equal(
      await ids({ field: 'id', operator: 'not in', value: Array.from({ length: 18 }, (_, at) => at + 1) }),
      '19,20',
    );
    assert.equal(await ids({ field: 'id', operator: 'between', value: [4, 6] }), '4,5,6');
    assert.equal(
      await ids({ field: 'first_name', operator: 'LIKE', value: 'First1_' }),
      '10,11,12,13,14,15,16,17,18,19',
    );
    assert.equal(await ids({ field: 'id', operator: 'like', value: '2%' }), '2,20');
    assert.equal(
      await ids({ field: 'last_name', operator: 'IS  NOT NULL' }, { field: 'id', operator: '<', value: 5 }),
      '2,4',
    );
    assert.equal(
      await ids(
        { field: 'active', operator: '=', value: true },
        { field: 'id', operator: '!=', value: 2 },
        { field: 'id', operator: '<', value: 7 },
      ),
      '4,6',
    );
    assert.equal(await ids({ field: 'first_name', operator: '=', value: "x' OR '1' = '1" }), '');
    assert.equal(await ids({ field: 'created_at', operator: '>=', value: '2024-01-20' }), '19,20');
    const { sql } = await previewed({
      ...DOCUMENTED,
      joins: [],
      filters: [
        { field: 'id', operator: 'in', value: [1, 2] },
        { field: 'first_name', operator: 'not in', value: ["O'Hara"] },
      ],
    });
    assert.match(sql, /WHERE customers\.id IN \(1, 2\) AND customers\.first_name NOT IN \('O''Hara'\)/);
  });

  test('takes whole days of the base table’s creation column', async () => {
    const configuration = { ...DOCUMENTED, joins: [], filters: [], fields: field('customers.id') };
    const ids = async (dateFrom: string | null, dateTo: string | null): Promise<string> =>
      (await previewed(configuration, { dateFrom, dateTo, limit: null })).rows.map(([id]) => id).join();
    await source.run(`update customers set created_at = '2024-01-05 23:59:59.999999' where id = 4`);
    assert.equal(await ids('2024-01-04', '2024-01-05'), '3,4');
    assert.equal(await ids('2024-01-20', null), '19,20');
    assert.equal(await ids(null, '2024-01-02'), '1');
    const query = await buildSourceQuery(configuration, schema, {
      dateFrom: '2024-01-04',
      dateTo: '2024-12-31',
      limit: null,
    });
    assert.deepEqual(query.appliedFilters, ["created_at >= '2024-01-04'", "created_at < '2025-01-01'"]);
    assert.deepEqual(
      await mistakesOf(
        { ...configuration, baseTable: 'nothing_dated', fields: field('id') },
        { dateFrom: '2024-01-01', dateTo: null, limit: null },
      ),
      {
        'import_filters.date_from': ['nothing_dated has no column that says when a row was made, such as created_at.'],
      },
    );
    assert.deepEqual(await mistakesOf(configuration, { dateFrom: '2024-02-30', dateTo: 'x', limit: 0 }), {
      'import_filters.limit': ['The limit must be a whole number of at least 1.'],
      'import_filters.date_from': ['2024-02-30 is not a date of the form YYYY-MM-DD.'],
      'import_filters.date_to': ['x is not a date of the form YYYY-MM-DD.'],
    });
  });

  test('has every mistake named under its path', async () => {
    const mistakes = await mistakesOf({
      joins: [
        { type: 'left', table: 'nobody', on: 'nobody.id = customers.id' },
        { type: 'left', table: 'emails', on: 'emails.customer_id = 1', condition: null },
        {
          type: 'inner',
          table: 'profiles',
          on: 'profiles.customer_id = customers.id',
          condition: 'pg_sleep(1) is null',
        },
        { type: 'left', table: 'orders', on: 'true' },
      ],
      fields: [
        { source: 'customers.id', target: 'a' },
        { source: 'customers.nothing', target: 'a' },
        { source: 'lower(', target: '' },
      ],
      filters: [
        { field: 'customers.id + 1', operator: '=', value: 1 },
        { field: 'customers.id', operator: '~', value: 1 },
        { field: 'customers.id', operator: '=', value: null },
        { field: 'customers.id', operator: 'between', value: [1] },
        { field: 'customers.id', operator: 'in', value: [] },
        { field: 'nothing', operator: '=', value: 1 },
        { field: 'customers.id', operator: '=', value: { $gt: 1 } },
      ],
    });
    assert.deepEqual(mistakes, {
      'joins.0.table': ['The source has no table nobody that can be read.'],
      'joins.1.on': ['The condition must compare emails with another table of the query.'],
      'joins.2.condition': ['The function pg_sleep is not allowed (at character 1).'],
      'joins.3.table': ['The source has no table orders that can be read; there is sales.orders.'],
      'fields.1.target': ['The target field a is filled twice.'],
      'fields.1.source': ['The table customers has no column nothing (at character 1).'],
      'fields.2.target': ['The target field needs a name.'],
      'fields.2.source': ['syntax error at end of input (at character 7).'],
      'filters.0.field': ['A filter is on a column, not on an expression.'],
      'filters.1.operator': [
        'The operator ~ is not known; it is one of =, !=, <>, >, >=, <, <=, like, not like, ilike, not ilike, in, not in, is null, is not null, between.',
      ],
      'filters.2.value': ['A value is needed; to ask for empty columns use "is null".'],
      'filters.3.value': ['between takes [from, to].'],
      'filters.4.value': ['in takes a list of values.'],
      'filters.5.field': ['No table of the query has a column nothing (at character 1).'],
      'filters.6.value': ['The value must be a text, a number, true or false.'],
    });
    assert.deepEqual(await mistakesOf({ fields: [] }), { fields: ['At least one field is needed.'] });
  });

  test('lets nothing hostile through in a table, a join, a field or a filter', async () => {
    for (const table of HOSTILE_TABLES) {
      const base = await checkConfiguration({ ...DOCUMENTED, baseTable: table, joins: [] }, schema);
      assert.equal(base.query, null, table);
      const joined = await checkConfiguration(
        { ...DOCUMENTED, joins: [{ type: 'left', table, on: 'customers.id = 1' }] },
        schema,
      );
      assert.equal(joined.query, null, table);
    }
    for (const expression of HOSTILE_EXPRESSIONS) {
      const [join] = DOCUMENTED.joins;
      const tries = [
        { fields: field(expression) },
        { filters: [{ field: expression, operator: '=', value: 1 }] },
        { joins: [{ type: 'left' as const, table: 'emails', on: expression }] },
        { joins: [{ type: 'left' as const, table: 'emails', on: join?.on ?? '', condition: expression }] },
      ];
      // An empty condition is none at all.
      for (const changes of expression.trim() === '' ? tries.slice(0, 3) : tries) {
        assert.notDeepEqual(await mistakesOf(changes), {}, expression);
      }
    }
  });

  test('is refused with the part at fault when only the source can tell', async () => {
    await using session = await source.open();
    const refused = async (changes: Partial<QueryConfiguration>): Promise<unknown> => {
      const query = await buildSourceQuery({ ...DOCUMENTED, ...changes }, schema);
      const error = await checkTypes(session, query).catch((reason: unknown) => reason);
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'validation');
      return error.details['fields'];
    };
    assert.deepEqual(await refused({ fields: field('upper(customers.id)') }), {
      'fields.0.source': ['The source refuses this: function pg_catalog.upper(integer) does not exist.'],
    });
    assert.deepEqual(await refused({ filters: [{ field: 'customers.id', operator: '=', value: 'abc' }] }), {
      'filters.0': ['The source refuses this: invalid input syntax for type integer: "abc".'],
    });
    assert.deepEqual(
      await refused({ joins: [{ type: 'left', table: 'emails', on: 'emails.customer_id || customers.id' }] }),
      {
        'joins.0.on': ['The source refuses this: operator does not exist: integer || integer.'],
      },
    );
  });

  test('warns of joins that make several rows of one, and of orders that cost', async () => {
    const warningsOf = async (changes: Partial<QueryConfiguration>): Promise<readonly string[]> =>
      (await checkConfiguration({ ...DOCUMENTED, filters: [], ...changes }, schema)).warnings;
    assert.deepEqual(await warningsOf({}), [
      'A row may have several partners in emails, and then becomes several rows.',
    ]);
    assert.deepEqual(
      await warningsOf({ joins: [{ type: 'left', table: 'profiles', on: 'profiles.customer_id = customers.id' }] }),
      [],
    );
    assert.deepEqual(await warningsOf({ baseTable: 'no_key', joins: [], fields: field('a') }), [
      'Rows are read in the order of a digest of each row, in one go, because no_key has no unique key without nulls.',
    ]);
  });
});

describe('a value for people', () => {
  test('is a JSON value that says the same, or stays text', () => {
    const values = [
      ['integer', '1', 1],
      ['integer', '9007199254740993', '9007199254740993'],
      ['numeric', '1.5', 1.5],
      ['numeric', '1.50', 1.5],
      ['numeric', '100', 100],
      ['numeric', '0.10000000000000000001', '0.10000000000000000001'],
      ['numeric', 'NaN', 'NaN'],
      ['boolean', 't', true],
      ['boolean', 'f', false],
      ['text', '1', '1'],
      ['json', '{"a":[1]}', { a: [1] }],
      ['timestamp', '2024-01-02 03:04:05.6', '2024-01-02T03:04:05.6'],
      ['timestamptz', '2024-01-02 03:04:05+00', '2024-01-02T03:04:05Z'],
      ['timestamptz', 'infinity', 'infinity'],
      ['date', '2024-01-02', '2024-01-02'],
      ['text', null, null],
    ] as const;
    assert.deepEqual(
      values.map(([family, text]) => jsonValue(family, text)),
      values.map(([, , value]) => value),
    );
  });
});
