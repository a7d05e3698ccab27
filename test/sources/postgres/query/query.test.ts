import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { QueryConfiguration } from '../../../../src/domain/query.ts';
import { identifiedRows } from '../../../../src/sources/postgres/query/identified-rows.ts';
import { countRows, previewRows } from '../../../../src/sources/postgres/query/preview.ts';
import { NO_FILTERS, buildSourceQuery, checkConfiguration } from '../../../../src/sources/postgres/query/query.ts';
import { DOCUMENTED, createQueryStage, field } from './query-stage.ts';
import type { QueryStage } from './query-stage.ts';

describe('a query configuration', () => {
  let stage: QueryStage;
  before(async () => {
    stage = await createQueryStage();
  });
  after(() => stage.source.drop());

  test('of the document gives the SQL, filters and rows that it says', async () => {
    const query = await buildSourceQuery(DOCUMENTED, stage.schema);
    assert.deepEqual(query.appliedFilters, ["created_at >= '2024-01-01'", "emails.type = 'work'"]);
    await using session = await stage.source.open();
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
    const { sql, rows } = await stage.previewed({
      ...DOCUMENTED,
      fields: [...DOCUMENTED.fields, { source: "COALESCE(emails.email, 'none')", target: 'Odd "name"' }],
    });
    const shown = await stage.source.run(sql.replace(/ LIMIT \d+$/, ''));
    assert.deepEqual(
      rows.map((row) => row[2]),
      shown.rows.map((row) => row['Odd "name"']),
    );
  });

  test('gives its rows by what identifies them, whatever that is made of', async () => {
    await using session = await stage.source.open();
    const sources = [
      "'main'",
      '7',
      'true',
      'customers.id',
      'customers.id / 3.0',
      'score',
      'created_at',
      'tags',
      'meta',
    ];
    for (const source of [
      ...sources,
      "first_name || 'x'",
      "case when active then 'yes' else 'no' end",
      "COALESCE('a')",
    ]) {
      const configuration = { ...DOCUMENTED, fields: [...DOCUMENTED.fields, ...field(source)], filters: [] };
      const query = await buildSourceQuery(configuration, stage.schema);
      const { rows } = await previewRows(session, query, 1_000);
      const value = rows[3]?.[2] ?? '';
      const { rows: found } = await previewRows(session, identifiedRows(query, 'x', [value]), 1_000);
      assert.deepEqual(
        found,
        rows.filter((row) => row[2] === value),
        source,
      );
    }
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
      const { rows } = await stage
        .previewed({ ...DOCUMENTED, joins: [], filters: [], fields: field(expression) }, NO_FILTERS, 1)
        .catch((error: unknown) => assert.fail(`${expression}: ${JSON.stringify(error)}`));
      const expected = await stage.source.run(
        `select format('%s', (${expression})) as x from customers order by id limit 1`,
      );
      assert.equal(rows[0]?.[0] ?? '', expected.rows[0]?.['x'], expression);
    }
  });

  test('may name tables as they are listed, with a schema, quoted, or under another name', async () => {
    const names = async (baseTable: string, text: string) =>
      (await stage.previewed({ ...DOCUMENTED, baseTable, joins: [], filters: [], fields: field(text) })).sql;
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
    const { sql, rows } = await stage.previewed({
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
    const expected = await stage.source
      .run(`select count(*)::int as n from customers c left join emails w on w.customer_id = c.id and w.type = 'work'
      left join emails h on h.customer_id = c.id and (h.type = 'home' or h.type is null)`);
    assert.equal(rows.length, expected.rows[0]?.['n']);
  });

  test('may give constants, whose type the source takes for text', async () => {
    const fields = ["'FreeScout'", 'null', '9999999999', 'true'].map((text, at) => ({
      source: text,
      target: `c${at}`,
    }));
    for (const baseTable of ['customers', 'no_key']) {
      await stage.source.run("insert into no_key values (1, 'b')");
      const { columns, rows } = await stage.previewed(
        { ...DOCUMENTED, baseTable, joins: [], filters: [], fields },
        NO_FILTERS,
        1,
      );
      assert.deepEqual(rows, [['FreeScout', null, '9999999999', 't']]);
      assert.deepEqual(
        columns.map(({ family }) => family),
        ['text', 'text', 'integer', 'boolean'],
      );
    }
  });

  test('that takes long to count is estimated', async () => {
    await stage.source.run('create view endless as select n as id from generate_series(1, 2000000000) n');
    await using session = await stage.source.open();
    const configuration = { ...DOCUMENTED, baseTable: 'endless', joins: [], filters: [], fields: field('id') };
    const query = await buildSourceQuery(configuration, await stage.source.introspect());
    const { value, exact } = await countRows(session, query);
    assert.deepEqual([exact, value > 0], [false, true]);
  });

  test('warns of joins that make several rows of one, and of orders that cost', async () => {
    const warningsOf = async (changes: Partial<QueryConfiguration>): Promise<readonly string[]> =>
      (await checkConfiguration({ ...DOCUMENTED, filters: [], ...changes }, stage.schema)).warnings;
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
