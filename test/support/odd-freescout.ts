import type pg from 'pg';

/**
 * A FreeScout database as years of use leave it, in SQL of the tests' own: ids far beyond 32 bits and with gaps,
 * columns in another order and more of them, no index that would help, and every kind of row that a template can get
 * wrong. `seed` turns over which row is of which kind.
 */
export async function loadOddFreescout(client: pg.Client, seed: number): Promise<void> {
  await client.query(TABLES);
  await client.query('select setseed($1)', [(seed % 1000) / 1000]);
  await client.query('create temporary table odd (place serial, word text)');
  await client.query('insert into odd (word) select unnest($1::text[])', [ODD_TEXTS]);
  await client.query(ROWS);
  await client.query(ODD_DATES);
}

const TABLES = `
  create table users (
    status smallint not null default 1, type smallint not null default 1, id bigint primary key,
    email varchar(191) not null, first_name varchar(191) not null, last_name varchar(191) not null,
    password varchar(255) not null default 'CANARY', role smallint not null default 1,
    timezone varchar(255) not null default 'UTC', job_title varchar(191), phone varchar(60),
    created_at timestamp(0), updated_at timestamp(0), "2fa secret" text default 'CANARY');
  create table customers (
    id bigint primary key, photo bytea, first_name varchar(255), last_name varchar(255), company varchar(255),
    job_title varchar(255), phones text, websites text, notes text, address text, city varchar(255),
    state varchar(255), zip varchar(255), country varchar(2), created_at timestamp(0), updated_at timestamp(0),
    "Custom ""Field""" jsonb);
  create table emails (
    type smallint not null, email varchar(191) not null, customer_id bigint, id bigint primary key);
  create table conversations (
    id bigint primary key, number bigint not null, type smallint not null, status smallint not null,
    state smallint not null, subject varchar(998), user_id bigint, customer_id bigint, closed_at timestamp(0),
    created_at timestamp(0), updated_at timestamp(0));
  create table threads (
    id bigint primary key, conversation_id bigint not null, type smallint not null, state smallint not null,
    status smallint not null, body text, "first" boolean not null, created_at timestamp(0));
  create table timelogs (
    id bigint primary key, conversation_id bigint, user_id bigint, time_spent integer not null, paused boolean,
    finished boolean, created_at timestamp(0), updated_at timestamp(0))`;

/** What people, programs and accidents leave in text. */
const ODD_TEXTS: readonly string[] = [
  ['', ' ', '\t', '\n', '\r\n', '\\', '\\N', '\\.', '\n\\.\n', '"', "'", "''", '$$', '%s', '{}', 'null', 'NULL'],
  ['NaN', 'infinity', 'true', '0x00', ',', ';', '--', '/*', '🦊', '👩‍👩‍👧‍👦', 'é', 'e\u0301', 'İ', 'ß', 'ﬁ', '\u00a0'],
  ['\ufeff', '\u200b', '\u202e', '\u2028', '\u2029', '\u0085', '\uffff', '\u{10ffff}', '=1+1', '<b>x</b>'],
  [1, 32, 64, 96, 128, 160, 192, 224].map((from) =>
    String.fromCodePoint(...Array.from({ length: 31 }, (_, code) => from + code)),
  ),
  '  kept as it came  ',
].flat();

const word = (turn: string): string =>
  `(select word from odd where place = 1 + (${turn}) % (select count(*) from odd))`;

const ROWS = `
  insert into users (id, first_name, last_name, email, type, status, role, phone, job_title, created_at)
    select 4294967296 + n * 3, left('A' || ${word('n')}, 20), left(${word('n + 7')} || 'Z', 30), 'agent' || n || '@desk.example',
      (array[1, 1, 1, 2])[1 + n % 4], (array[1, 2, 3, 1, 9])[1 + n % 5], (array[1, 2, 3])[1 + n % 3],
      nullif(n % 3, 0)::text, ${word('n * 5')}, timestamp '2019-12-31 23:59:59' + n * interval '37 days'
    from generate_series(1, 40) n;

  insert into customers (id, first_name, last_name, company, phones, notes, address, zip, country, created_at)
    select 7000000000 + n * 7, case n % 5 when 0 then null when 1 then '' else 'F' || ${word('n')} end,
      case n % 7 when 0 then null when 1 then '' else ${word('n * 3')} || n end, ${word('n * 11')},
      (array['[]', '', null, '[{"value":"+49 ' || n || '","type":1},{"value":"0","type":4}]',
        '[{"type":1,"value":"\\u00e9 \\"' || n || '\\""}]'])[1 + n % 5],
      case when n % 400 = 0 then repeat('long ', 100000) else ${word('n * 13')} end, ${word('n * 17')}, '0' || n, 'NZ',
      case when n % 9 > 0 then timestamp '2020-02-29 00:00:00' + n * interval '7 hours' end
    from generate_series(1, 1300) n;

  -- None, one or several of a customer, in any order of ids and types; some of nobody.
  insert into emails (id, customer_id, email, type)
    select 9000000000 + row_number() over (order by random()), id, 'C' || id || '.' || k || '@Mail.example',
      (array[1, 2, 3, 2, 0])[1 + floor(random() * 5)::int]
    from customers, lateral generate_series(1, (id % 5)::int) k;
  insert into emails (id, customer_id, email, type)
    select 8000000000 + n, case when n > 3 then -n end, 'nobody' || n || '@mail.example', 1 from generate_series(1, 9) n;

  insert into conversations (id, number, type, status, state, subject, user_id, customer_id, closed_at, created_at, updated_at)
    select 6000000000 + n * 2, n, (array[1, 2, 3, 7])[1 + n % 4], (array[1, 2, 3, 4, 3, 8, 0])[1 + n % 7],
      (array[2, 2, 1, 2, 3, 2])[1 + n % 6], case when n % 11 > 0 then ${word('n')} || n end,
      case when n % 4 > 0 then 4294967296 + (n % 45) * 3 end, case when n % 10 > 0 then 7000000000 + (n * 3 % 1400) * 7 end,
      case when n % 3 = 0 then timestamp '2024-03-31 02:30:00' + n * interval '1 minute' end,
      timestamp '2024-03-31 02:30:00' - n * interval '13 hours', timestamp '2024-10-27 02:30:00' + n * interval '1 second'
    from generate_series(1, 1100) n;

  -- Line items before the first words, drafts, notes; the one marked as first may be the last by id, or there is none.
  insert into threads (id, conversation_id, type, state, status, body, "first")
    select row_number() over (order by random()), id, (array[4, 1, 2, 3])[1 + floor(random() * 4)::int],
      (array[2, 1, 3])[1 + floor(random() * 3)::int], 1,
      case when random() < 0.9 then ${word('(id + k)')} || '<p>' || id || '.' || k || '</p>' end, k = 3 and id % 6 <> 0
    from conversations, lateral generate_series(1, (id / 2 % 5)::int) k;
  insert into threads select -n, -n, 1, 2, 1, 'of no conversation', true from generate_series(1, 5) n;

  insert into timelogs (id, conversation_id, user_id, time_spent, paused, finished, created_at)
    select 500 + n, case when n % 20 > 0 then 6000000000 + (n % 1105) * 2 end, 4294967296 + (n % 50) * 3,
      (array[0, 29, 30, 31, 89, 90, 3600, 2147483647, -90])[1 + n % 9], n % 2 = 0,
      (array[true, true, false, true, null])[1 + n % 5], timestamp '2024-06-01' + n * interval '1 hour'
    from generate_series(1, 900) n`;

const ODD_DATES = `
  update customers set created_at = 'infinity' where id = 7000000000 + 7 * 10;
  update customers set created_at = '0044-03-15 12:00:00 BC' where id = 7000000000 + 7 * 20;
  update customers set created_at = '12024-01-01' where id = 7000000000 + 7 * 30`;

/** Customers whose time of creation is none that a record can have. */
export const FAILING_CUSTOMERS = 3;
