import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;
let id: string;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource([
    'create table customers (id integer primary key, name text, note text)',
    'create table emails (id integer primary key, customer_id integer, email text)',
    'create table secrets (id integer primary key, password text)',
    `create function boom() returns integer language plpgsql as 'begin return 1; end'`,
    `create function boom(text) returns text language plpgsql as 'begin return $1; end'`,
    // From here on the server counts every call of a function that is not its own.
    `do $$ begin execute format('alter database %I set track_functions = ''all''', current_database()); end $$`,
  ]);
  const { body } = await owner.ask('POST', '/profiles', { name: 'Hostile', ...source.fields });
  id = said(body['profile']?.['id']);
});

after(async () => {
  await universal.close();
  await source.drop();
});

/** What somebody might write who wants more than an expression; each is tried in several spellings and places. */
const PAYLOADS = [
  '(select password from secrets limit 1)',
  'exists (select 1 from secrets)',
  'customers.id in (select id from secrets)',
  'array(select password from secrets)',
  'boom()',
  "boom('x')",
  'public.boom()',
  '"boom"()',
  'pg_sleep(5)',
  'pg_catalog.pg_sleep(5)',
  "set_config('log_statement', 'none', false)",
  "current_setting('data_directory')",
  "dblink('host=127.0.0.1', 'select 1')",
  "lo_import('/etc/passwd')",
  "pg_read_file('/etc/passwd')",
  "pg_ls_dir('.')",
  "query_to_xml('select boom()', true, true, '')",
  "database_to_xml(true, true, '')",
  'pg_terminate_backend(pg_backend_pid())',
  'pg_advisory_lock(1)',
  'txid_current()',
  "nextval('s')",
  'random()',
  'clock_timestamp()',
  'current_user',
  'session_user',
  'version()',
  "'customers'::regclass",
  "'boom'::regproc",
  "'boom()'::regprocedure::text",
  'customers.id::oid::regclass::text',
  "cast('secrets' as regclass)",
  'customers.id; select boom()',
  'customers.id); select boom(); --',
  'customers.id /* boom */',
  'customers.id -- boom',
  "E'\\x41'",
  "U&'\\0041'",
  '$$boom$$',
  '$1',
  "x'41'",
  'count(*)',
  'sum(customers.id) over ()',
  'row_number() over ()',
  'generate_series(1, 1000000000)',
  'unnest(array[1, 2])',
  "repeat('a', 1000000000)",
  "lpad('a', 1000000000)",
  'secrets.password',
  'pg_catalog.pg_authid.rolpassword',
  'customers.ctid',
  'customers.tableoid::regclass',
  'xmin',
  'customers.*',
  'row(customers.*)',
  'customers',
  'customers::text',
  "copy customers to '/tmp/x'",
  'customers.id union select boom()',
  'customers.id from secrets',
  'customers.id where true',
  "json_populate_record(null::secrets, '{}')",
  "xmlparse(document '<a/>')",
  'operator(pg_catalog.+)(1, 2)',
  '1 operator(public.+) 2',
  'case when boom() = 1 then 1 end',
  'coalesce(boom(), 1)',
  "concat('a', (select boom()))",
  'greatest(1, pg_sleep(1)::text::int)',
  'id => 1',
  'variadic array[1]',
] as const;

type Place = (payload: string) => Record<string, unknown>;

const FIELDS = [{ source: 'customers.id', target: 'external_id' }];
const BASE = { base_table: 'customers', fields: FIELDS, target_type: 'customer_users' };
const JOIN = { type: 'LEFT', table: 'emails', on: 'emails.customer_id = customers.id' };

const PLACES: Readonly<Record<string, Place>> = {
  'fields.1.source': (payload) => ({ ...BASE, fields: [...FIELDS, { source: payload, target: 'name' }] }),
  'joins.0.on': (payload) => ({
    ...BASE,
    joins: [{ ...JOIN, on: `emails.customer_id = customers.id and ${payload}` }],
  }),
  'joins.0.condition': (payload) => ({ ...BASE, joins: [{ ...JOIN, condition: `emails.email = (${payload})::text` }] }),
  'joins.0.table': (payload) => ({ ...BASE, joins: [{ ...JOIN, table: payload }] }),
  'filters.0.field': (payload) => ({ ...BASE, filters: [{ field: payload, operator: '=', value: '1' }] }),
  base_table: (payload) => ({ ...BASE, base_table: payload }),
};

/** Spellings that mean the same to PostgreSQL. */
const DISGUISES: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `(${payload})`,
  (payload) => payload.toUpperCase(),
  (payload) => `  ${payload.replaceAll(' ', '\n\t')}  `,
];

test('hostile expressions are refused wherever they stand, with the place, and none of them runs', async () => {
  let refused = 0;
  for (const [index, payload] of PAYLOADS.entries()) {
    // Two of the six places each; the next payload goes to others.
    for (const [place, put] of Object.entries(PLACES).filter((_, at) => (at + index) % 3 === 0)) {
      const disguise = DISGUISES[(index + refused) % DISGUISES.length] ?? ((text: string) => text);
      const isTable = place === 'base_table' || place === 'joins.0.table';
      // A name in upper case is the same name, and this one is a table.
      if (isTable && payload === 'customers') continue;
      const query = put(isTable ? payload : disguise(payload));
      const action = refused % 2 === 0 ? 'queries' : 'builder/validate';
      const { status, body } = await owner.ask('POST', `/profiles/${id}/${action}`, query);
      assert.equal(status, 422, `${place}: ${payload} ${JSON.stringify(body)}`);
      assert.equal(body['message'], 'Validation failed');
      const places = Object.keys(body['errors'] ?? {});
      assert.ok(places.includes(place), `${place}: ${payload} was refused at ${places.join()}`);
      refused += 1;
    }
  }
  assert.ok(refused > 130, String(refused));

  const calls = async (statement: string): Promise<unknown> => {
    const client = new pg.Client({ connectionString: source.url });
    await client.connect();
    try {
      await client.query(statement);
      await client.query('select pg_stat_force_next_flush()');
      const { rows } = await client.query('select funcname, calls from pg_stat_user_functions');
      return rows;
    } finally {
      await client.end();
    }
  };
  assert.deepEqual(await calls('select 1'), []);
  // The counter counts: this one call of ours is the first.
  assert.deepEqual(await calls('select boom()'), [{ funcname: 'boom', calls: '1' }]);
  const { body } = await owner.ask('GET', `/profiles/${id}`);
  assert.deepEqual(body['configuration'], { queries: {} });
});
