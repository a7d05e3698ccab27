import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { ApiError } from '../../src/demo/api-client.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { countersOf, makeProfile, runJob } from '../support/lading-process.ts';
import { openServed } from '../support/served.ts';
import type { Served } from '../support/served.ts';

const TABLES = 500;

/** A column of each kind, with the values that are hardest to carry over. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  numeric: ['12345678901234567890.123456789012345', 'NaN', '-Infinity', '1e-30', '0.00'],
  'double precision': ['0.1', 'NaN', '1e308', '-0'],
  real: ['1.1', '3.4e38'],
  money: ['12.34'],
  timestamptz: ['2024-03-10 02:30:00.123456+05:45', 'infinity', '4713-01-01 00:00:00 BC', '294276-12-31'],
  date: ['2024-02-29', '-infinity', '0001-01-01 BC', '5874897-12-31'],
  timetz: ['24:00+05:30'],
  bytea: ['\\xdeadbeef00'],
  jsonb: ['{"b": [1, null, "\\u00e9\\""]}'],
  json: ['{"a" :  "\\u0000"}'],
  xml: ['<a>&amp;</a>'],
  'text[]': ['{a,"b,c","d\\"e",NULL,""}'],
  'int[]': ['{{1,2},{3,4}}'],
  int4range: ['[1,5)', 'empty'],
  inet: ['10.0.0.1/8', '::ffff:1.2.3.4'],
  tsvector: ["'a':1 'b c':2"],
  'bit varying': ['10101'],
  point: ['(1.5,-2)'],
  uuid: ['00000000-0000-8000-8000-00000000000a'],
  '"Odd ""Type"""': ["it's", '(x)'],
  comp: ['(1,"x""y")'],
};

const CUSTOMER_TEXTS =
  'name first_name last_name email phone company job_title street city state postcode country notes'.split(' ');
const AGENT_TEXTS = 'name first_name last_name email phone job_title role status'.split(' ');
/** Values as the server writes them. */
const AS_TEXT = { getTypeParser: () => (value: string | Buffer) => String(value) };

const schemaAnswer = z.object({
  schema: z.object({ tables: z.array(z.object({ name: z.string(), row_count: z.number().nullable() })) }),
});
const previewAnswer = z.record(
  z.string(),
  z.object({ query: z.object({ sql: z.string() }), sample_data: z.array(z.record(z.string(), z.unknown())) }),
);

describe('a source as nobody would make it', () => {
  let lading: Served;
  let database: TestDatabase;
  let source: pg.Client;
  let store: pg.Client;
  let profile: string;

  before(async () => {
    database = await createEmptyDatabase();
    source = new pg.Client(database.url);
    await source.connect();
    await source.query(`
      create schema "Sch""ema"; create schema select_; create type "Odd ""Type""" as enum ('it''s', '(x)');
      create type comp as (a int, b text);
      create table "Sch""ema"."Table ""x"", and.dots" ("Id ""x""" int primary key, "select" text, "ünï.cödé" text, " " int);
      insert into "Sch""ema"."Table ""x"", and.dots" select n, 's' || n, 'ü' || n, n from generate_series(1, 77) n;
      create table public.users (id int primary key, name text); create table select_.users (like public.users including all);
      insert into public.users select n, 'public' || n from generate_series(1, 5) n;
      insert into select_.users select n, 'select' || n from generate_series(1, 6) n;
      create table keyless (a text, b int); insert into keyless select 'x', n % 3 from generate_series(1, 30) n;
      create table nothing (); create table secret (id int primary key)`);
    await source.query(`do $$ begin for n in 1..${TABLES - 5} loop
      execute format('create table many_%s (id int primary key, a text, b numeric, c timestamptz)', n); end loop; end $$`);
    await source.query(
      `create table kinds (id int primary key, ${Object.keys(VALUES)
        .map((type, at) => `v${at} ${type}`)
        .join(', ')})`,
    );
    const height = Math.max(...Object.values(VALUES).map(({ length }) => length));
    const places = Object.keys(VALUES).map((_, at) => `$${at + 2}`);
    for (let row = 0; row < height; row++) {
      const values = Object.values(VALUES).map((column) => column[row] ?? null);
      await source.query(`insert into kinds values ($1, ${places.join(', ')})`, [row, ...values]);
    }
    lading = await openServed();
    store = await lading.connect();
    profile = await makeProfile(lading.client, database.url);
  });
  after(async () => {
    await Promise.all([source.end(), store.end()]);
    await lading.stop();
    await database.drop();
  });

  const save = (query: object): Promise<unknown> =>
    lading.client.post(`/api/import/profiles/${profile}/queries`, { target_type: 'accounts', ...query }, z.unknown());

  test('shows all of its tables, in however many schemas', async (context) => {
    const started = performance.now();
    const { schema } = await lading.client.get(`/api/import/profiles/${profile}/schema`, schemaAnswer);
    context.diagnostic(`${schema.tables.length} tables in ${Math.round(performance.now() - started)} ms`);
    assert.equal(schema.tables.length, TABLES + 2);
    const counts = new Map(schema.tables.map(({ name, row_count }) => [name, row_count]));
    assert.deepEqual(
      ['"Sch""ema"."Table ""x"", and.dots"', 'users', 'select_.users', 'keyless', 'nothing', 'many_7'].map((name) =>
        counts.get(name),
      ),
      [77, 5, 6, 30, 0, 0],
    );
  });

  test('shows SQL that anybody can run as it stands, whatever the names, and imports what that gives', async () => {
    await save({
      base_table: '"Sch""ema"."Table ""x"", and.dots"',
      joins: [
        { type: 'LEFT', table: 'select_.users', on: 'select_.users.id = "Id ""x"""' },
        { type: 'LEFT', table: 'public.users', on: 'public.users.id = "Id ""x"""' },
      ],
      fields: [
        { source: '"Id ""x"""', target: 'external_id' },
        { source: `CONCAT("ünï.cödé", '''', "select", select_.users.name, public.users.name)`, target: 'name' },
      ],
      filters: [{ field: '" "', operator: 'in', value: Array.from({ length: 70 }, (_, at) => at) }],
    });
    const path = `/api/import/profiles/${profile}/preview?query_type=accounts&limit=100`;
    const { accounts } = await lading.client.get(path, previewAnswer);
    const { rows } = await source.query<Record<string, unknown>>(accounts?.query.sql ?? '');
    assert.equal(rows.length, 69);
    assert.deepEqual(accounts?.sample_data, rows);

    assert.deepEqual(countersOf(await runJob(lading.client, profile)), {
      created: 69,
      updated: 0,
      skipped: 0,
      failed: 0,
    });
    const arrived = await store.query('select external_id::int, name from target.accounts order by 1');
    assert.deepEqual(arrived.rows, rows);
  });

  test('has values of every type arrive as PostgreSQL itself writes them in UTC and ISO', async () => {
    const columns = Object.keys(VALUES).map((_, at) => `v${at}`);
    const filled = { customer_users: CUSTOMER_TEXTS, agents: AGENT_TEXTS };
    let taken = 0;
    const expected: Record<string, unknown> = {};
    const session = new pg.Client({ connectionString: database.url, options: '-c TimeZone=UTC', types: AS_TEXT });
    await session.connect();
    try {
      for (const [type, texts] of Object.entries(filled)) {
        const chosen = columns.slice(taken, (taken += texts.length));
        const fields = chosen.map((column, at) => ({ source: column, target: texts[at] }));
        await save({
          base_table: 'kinds',
          fields: [{ source: 'id', target: 'external_id' }, ...fields],
          target_type: type,
        });
        const { rows } = await session.query({
          text: `select id, ${chosen.join(', ')} from kinds order by id`,
          rowMode: 'array',
        });
        expected[type] = rows;
      }
    } finally {
      await session.end();
    }
    assert.ok(taken >= columns.length, 'no column is left out');
    await runJob(lading.client, profile, { options: { selected_types: Object.keys(filled) } });
    let compared = 0;
    for (const [type, texts] of Object.entries(filled)) {
      const fields = texts.slice(0, columns.length - compared);
      const { rows } = await store.query({
        text: `select external_id, ${fields.join(', ')} from target.${type} order by external_id`,
        rowMode: 'array',
      });
      assert.deepEqual(rows, expected[type], type);
      compared += fields.length;
    }
  });

  test('without a key is read all the same, row for row, and the job says how', async () => {
    await save({ base_table: 'keyless', fields: [{ source: `CONCAT(a, b)`, target: 'name' }] });
    const job = await lading.client.get(
      `/api/import/jobs/${(await runJob(lading.client, profile, { options: { selected_types: ['accounts'], batch_size: 7 } })).id}`,
      z.object({ records_imported: z.number(), metadata: z.object({ reading: z.record(z.string(), z.string()) }) }),
    );
    assert.equal(job.records_imported, 30);
    assert.deepEqual(job.metadata.reading, {
      accounts: 'In the order of a digest of each row, because keyless has no unique key without nulls.',
    });
  });

  test('gives somebody with few rights what he may see, and nothing else can be named', async () => {
    const role = `few_rights_${process.pid}`;
    await source.query(`create role ${role} login password 'few'; grant select on users to ${role}`);
    try {
      const url = new URL(database.url);
      [url.username, url.password] = [role, 'few'];
      const few = await makeProfile(lading.client, url.href);
      const { schema } = await lading.client.get(`/api/import/profiles/${few}/schema`, schemaAnswer);
      assert.deepEqual(schema.tables, [{ name: 'users', row_count: 5 }]);
      const query = {
        base_table: 'secret',
        fields: [{ source: 'id', target: 'external_id' }],
        target_type: 'accounts',
      };
      await assert.rejects(lading.client.post(`/api/import/profiles/${few}/queries`, query, z.unknown()), (error) => {
        assert.ok(error instanceof ApiError);
        const errors = { base_table: ['The source has no table secret that can be read.'] };
        assert.deepEqual([error.status, error.body], [422, { message: 'Validation failed', errors }]);
        return true;
      });
    } finally {
      await source.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
