import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { toDate, toTimestamptz } from '../../src/rows/convert-time.ts';
import { Misfit } from '../../src/rows/misfit.ts';
import { openStore } from '../../src/store/orm.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

let database: TestDatabase;
let orm: MikroORM;
let pool: pg.Pool;

before(async () => {
  database = await createEmptyDatabase();
  orm = openStore(database.url, 2);
  pool = await orm.em.getConnection().getNativeClient();
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

const NO_DATE = new Misfit('invalid_format', 'must be a date of the form YYYY-MM-DD.');
const NO_TIME = new Misfit('invalid_format', 'must be a time of the form YYYY-MM-DD HH:MM:SS with an optional offset.');
const TOO_FINE = new Misfit('invalid_format', 'must not be finer than a microsecond.');
const OUT_OF_RANGE = new Misfit('out_of_range', 'must lie between the years 1 and 9999.');

/** What a session of the store prints for the values, in their order; null for what PostgreSQL refuses. */
async function printed(type: 'date' | 'timestamptz', values: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ text: string | null }>(
    `select case when pg_input_is_valid("value", '${type}') then "value"::${type}::text end as "text"
     from unnest($1::text[]) with ordinality as "v" ("value", "n") order by "n"`,
    [values],
  );
  return rows.map((row) => row.text);
}

/** The day in UTC of moments, as PostgreSQL prints it. */
async function printedDays(values: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select "value"::timestamptz::date::text as "text" from unnest($1::text[]) with ordinality as "v" ("value", "n") order by "n"`,
    [values],
  );
  return rows.map((row) => row.text);
}

const two = (value: number): string => String(value).padStart(2, '0');

function anyDay(random: Seeded): string {
  const year = random.chance(0.1)
    ? random.pick([1, 4, 100, 400, 1900, 2000, 2023, 2024, 2100, 9999])
    : random.between(1, 9999);
  const leapDay = random.chance(0.1);
  const month = leapDay ? 2 : random.between(1, 12);
  const day = leapDay ? random.between(28, 29) : random.chance(0.1) ? random.between(28, 31) : random.between(1, 28);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

function anyTime(random: Seeded): string {
  const clock = `${two(random.below(24))}:${two(random.below(60))}`;
  const seconds = random.chance(0.9) ? `:${two(random.below(60))}` : '';
  const digits = random.pick([
    '',
    '0',
    '000',
    '5',
    '50',
    '123456',
    '000001',
    '999999',
    '1234560',
    '120000000',
    random.digits(6),
  ]);
  const fraction =
    seconds !== '' && digits !== '' && random.chance(0.6) ? `${random.pick(['.', '.', ','])}${digits}` : '';
  const hours = `${random.pick(['+', '-'])}${two(random.below(16))}`;
  const minutes = two(random.below(60));
  const offset = random.pick([
    '',
    'Z',
    '+00',
    hours,
    `${hours}:${minutes}`,
    `${hours}${minutes}`,
    `${hours}:${minutes}:${two(random.below(60))}`,
  ]);
  return `${anyDay(random)}${random.pick([' ', 'T'])}${clock}${seconds}${fraction}${offset}`;
}

test('thousands of random days come out as PostgreSQL prints them, or are refused by both', async () => {
  const random = seeded(1);
  const days = Array.from({ length: 4_000 }, () => anyDay(random));
  const expected = await printed('date', days);
  assert.deepEqual(
    days.map((day) => toDate(day)),
    expected.map((text) => text ?? NO_DATE),
  );
});

test('thousands of random moments come out as PostgreSQL prints them in UTC, or are refused by both', async () => {
  const random = seeded(2);
  const moments = Array.from({ length: 8_000 }, () => anyTime(random));
  // PostgreSQL knows no comma before a fraction; ISO 8601 does.
  const expected = await printed(
    'timestamptz',
    moments.map((moment) => moment.replace(',', '.')),
  );
  assert.deepEqual(
    moments.map((moment) => [moment, toTimestamptz(moment)]),
    expected.map((text, index) => {
      if (text === null) return [moments[index], NO_TIME];
      const outside = text.endsWith('BC') || (text.length > 0 && /^\d{5}/.test(text));
      return [moments[index], outside ? OUT_OF_RANGE : text];
    }),
  );
});

test('what PostgreSQL prints for a moment is taken as it is', async () => {
  const random = seeded(3);
  const { rows } = await pool.query<{ text: string }>(
    `select ('0001-01-01 00:00:00+00'::timestamptz + make_interval(secs => "s"))::text as "text" from unnest($1::float8[]) as "v" ("s")`,
    [Array.from({ length: 3_000 }, () => random.below(315_537_897_599) + random.below(1_000_000) / 1_000_000)],
  );
  const texts = rows.map((row) => row.text);
  assert.deepEqual(
    texts.map((text) => toTimestamptz(text)),
    texts,
  );
});

test('the day of a moment is its day in UTC', async () => {
  const random = seeded(4);
  const moments = Array.from({ length: 3_000 }, () => anyTime(random).replace(',', '.')).filter(
    (moment) => typeof toTimestamptz(moment) === 'string',
  );
  assert.ok(moments.length > 2_000);
  assert.deepEqual(
    moments.map((moment) => toDate(moment)),
    await printedDays(moments),
  );
  assert.equal(toDate('2024-02-29 23:30:00-05'), '2024-03-01');
});

test('a day becomes its midnight in UTC, and a time without an offset is UTC', () => {
  assert.equal(toTimestamptz('2024-02-29'), '2024-02-29 00:00:00+00');
  assert.equal(toTimestamptz('2024-02-29 12:30'), '2024-02-29 12:30:00+00');
  assert.equal(toTimestamptz(' 2024-02-29T12:30:00.500 '), '2024-02-29 12:30:00.5+00');
});

test('leap days are held against the calendar', () => {
  const days = [
    '2024-02-29',
    '2000-02-29',
    '0004-02-29',
    '2023-02-29',
    '1900-02-29',
    '2024-02-30',
    '2024-04-31',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
  ];
  assert.deepEqual(
    days.map((day) => toDate(day)),
    ['2024-02-29', '2000-02-29', '0004-02-29', ...Array.from({ length: 7 }, () => NO_DATE)],
  );
  assert.deepEqual([toTimestamptz('2023-02-29 00:00:00'), toTimestamptz('2023-02-29 00:00:00+00')], [NO_TIME, NO_TIME]);
});

test('infinity, years before Christ and years of five digits are out of range', () => {
  const outside = [
    'infinity',
    '-infinity',
    'Infinity',
    '0044-03-15 BC',
    '0000-01-01',
    '10000-01-01',
    '294276-12-31',
    '5874897-12-31',
  ];
  assert.deepEqual(
    outside.map((text) => toDate(text)),
    outside.map(() => OUT_OF_RANGE),
  );
  const moments = [
    ...outside,
    '0044-03-15 12:00:00+00 BC',
    '0000-01-01 00:00:00+00',
    '10000-01-01 00:00:00+00',
    '9999-12-31 23:59:59-01',
    '0001-01-01 00:00:00+01',
  ];
  assert.deepEqual(
    moments.map((text) => toTimestamptz(text)),
    moments.map(() => OUT_OF_RANGE),
  );
  assert.deepEqual(
    [toTimestamptz('9999-12-31 23:59:59.999999-00'), toTimestamptz('0001-01-01 01:00:00+01')],
    ['9999-12-31 23:59:59.999999+00', '0001-01-01 00:00:00+00'],
  );
});

test('fractions finer than a microsecond are refused unless they are zeros', () => {
  assert.deepEqual(toTimestamptz('2024-01-01 00:00:00.1234567'), TOO_FINE);
  assert.equal(toTimestamptz('2024-01-01 00:00:00.123456000+00'), '2024-01-01 00:00:00.123456+00');
});

test('what is no date or time is refused and nothing is guessed', () => {
  const texts = [
    '',
    ' ',
    'today',
    'now',
    '01/02/2024',
    '2024-1-5',
    '20240105',
    '2024-01-05x',
    '24-01-05',
    '2024/01/05',
    '02024-01-05',
    '٢٠٢٤-٠١-٠٥',
  ];
  assert.deepEqual(
    texts.map((text) => toDate(text)),
    texts.map(() => NO_DATE),
  );
  const moments = [
    ...texts,
    '2024-01-05 24:00:00',
    '2024-01-05 23:60:00',
    '2024-01-05 23:59:60',
    '2024-01-05 10',
    '2024-01-05 10:00:00+16',
    '2024-01-05 10:00:00+05:60',
    '2024-01-05 10:00:00 Europe/Berlin',
    '2024-01-05 10:00 PM',
    '2024-01-05  10:00:00',
    '10:00:00',
  ];
  assert.deepEqual(
    moments.map((text) => toTimestamptz(text)),
    moments.map(() => NO_TIME),
  );
});
