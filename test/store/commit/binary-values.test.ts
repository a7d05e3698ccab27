import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { FIELD_TYPES } from '../../../src/domain/target.ts';
import type { FieldType } from '../../../src/domain/target.ts';
import { packRow } from '../../../src/rows/packed-row.ts';
import { BINARY, writeJsonb, writeUuid, writeValues } from '../../../src/store/commit/binary-values.ts';
import { copyInto } from '../../../src/store/commit/copy.ts';
import { COLUMN_TYPES } from '../../../src/store/column-types.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { seeded } from '../../support/seeded.ts';

let database: TestDatabase;
let orm: MikroORM;
let client: pg.PoolClient;

before(async () => {
  database = await createEmptyDatabase();
  orm = openStore(database.url, 1);
  const pool: pg.Pool = await orm.em.getConnection().getNativeClient();
  client = await pool.connect();
  await client.query(`set time zone 'UTC'`);
});

after(async () => {
  client.release();
  await orm.close(true);
  await database.drop();
});

/** Texts of one type as PostgreSQL reads them when they come in binary, printed again. */
async function printed(type: FieldType, texts: readonly string[]): Promise<string[]> {
  await client.query('drop table if exists "values"');
  await client.query(`create table "values" ("n" integer, "value" ${COLUMN_TYPES[type]})`);
  await copyInto(client, { into: '"values"', columns: 2 }, [...texts.entries()], ([n, text], writer) => {
    const bytes = packRow([text]);
    writer.int32(4).int32(n);
    writeValues(writer, { bytes, start: 0, end: bytes.length }, [BINARY[type]]);
  });
  const { rows } = await client.query<{ value: string }>('select "value"::text from "values" order by "n"');
  return rows.map(({ value }) => value);
}

/** Texts PostgreSQL itself prints, made in SQL. */
async function made(expression: string, from: string): Promise<string[]> {
  const { rows } = await client.query<{ value: string }>(`select (${expression})::text as "value" from ${from}`);
  return rows.map(({ value }) => value);
}

test('numbers arrive as they were written, digit by digit', async () => {
  const random = seeded(1);
  const digits = (most: number): string => random.digits(1 + random.below(most));
  const numbers = Array.from({ length: 5_000 }, () => {
    const whole = digits(random.chance(0.1) ? 60 : 9).replace(/^0+(?=\d)/, '');
    const text = random.chance(0.6) ? `${whole}.${digits(random.chance(0.1) ? 40 : 6)}` : whole;
    return random.chance(0.3) && /[1-9]/.test(text) ? `-${text}` : text;
  });
  const edges = [
    '0',
    '0.0',
    '0.00000',
    '0.0001',
    '0.00001',
    '10000',
    '100000000',
    '9999.9999',
    '1.50',
    '-0.10',
    '1234.5',
  ];
  const special = ['NaN', 'Infinity', '-Infinity', `1${'0'.repeat(1_000)}`, `0.${'0'.repeat(1_000)}1`];
  const all = [...edges, ...special, ...numbers];
  assert.deepEqual(await printed('numeric', all), all);
  const whole = ['0', '-1', '9223372036854775807', '-9223372036854775808', '42'];
  assert.deepEqual(await printed('integer', whole), whole);
});

test('days and moments arrive as they were, from the first to the last that PostgreSQL has', async () => {
  const days = [
    ...(await made(`date '0001-01-01' + "n" * 37`, 'generate_series(0, 98000) as "n"')),
    ...(await made(`date '4713-01-01 BC' + "n" * 1009`, 'generate_series(0, 3000) as "n"')),
    '0001-12-31 BC',
    '5874897-12-31',
    '4714-11-24 BC',
    'infinity',
    '-infinity',
    '2000-02-29',
    '1900-02-28',
  ];
  assert.deepEqual(await printed('date', days), days);
  const moments = [
    ...(await made(
      `timestamptz '0001-01-01 00:00:00+00' + "n" * interval '3153600.123457 seconds'`,
      'generate_series(0, 90000) as "n"',
    )),
    '4714-11-24 00:00:00+00 BC',
    '294276-12-31 23:59:59.999999+00',
    'infinity',
    '-infinity',
    '1999-12-31 23:59:59.999999+00',
    '2000-01-01 00:00:00+00',
    '1969-12-31 23:59:59.5+00',
  ];
  assert.deepEqual(await printed('timestamptz', moments), moments);
});

test('booleans and references arrive as they were', async () => {
  assert.deepEqual(await printed('boolean', ['t', 'f']), ['true', 'false']);
  const ids = ['00000000-0000-0000-0000-000000000000', '01234567-89ab-cdef-0123-456789abcdef'];
  assert.deepEqual(await printed('reference', ids), ids);
});

test('a row of every type arrives with its neighbours and its nulls', async () => {
  await client.query('drop table if exists "rows"');
  const columns = FIELD_TYPES.flatMap((type) => [`"${type}" ${COLUMN_TYPES[type]}`, `"${type} text" text`]);
  await client.query(`create table "rows" ("n" integer, ${columns.join(', ')}, "id" uuid, "json" jsonb)`);
  const examples: Readonly<Record<FieldType, string>> = {
    text: 'é\t\\',
    integer: '-7',
    numeric: '12.30',
    boolean: 't',
    date: '2024-02-29',
    timestamptz: '2024-02-29 01:02:03.5+00',
    reference: '01234567-89ab-cdef-0123-456789abcdef',
    uuid: '01234567-89ab-0000-0123-456789abcdef',
    list: '{é,"a b",""}',
    native: '{a,b}',
  };
  const whole = FIELD_TYPES.flatMap((type) => [examples[type], `beside ${type}`]);
  const all = [whole, whole.map(() => null), whole.map((value, index) => (index % 3 === 0 ? null : value))];
  const write = FIELD_TYPES.flatMap((type) => [BINARY[type], BINARY.text]);
  const json = { 'a"': ['\u2028', 1.5, null], b: '\u0001' };
  await copyInto(client, { into: '"rows"', columns: whole.length + 3 }, [...all.entries()], ([n, row], writer) => {
    const bytes = packRow(row);
    writer.int32(4).int32(n);
    writeValues(writer, { bytes, start: 0, end: bytes.length }, write);
    writeUuid(writer, n === 0 ? examples.reference : null);
    writeJsonb(writer, n === 0 ? json : null);
  });
  const names = FIELD_TYPES.flatMap((type) => [
    `case "${type}"::text when 'true' then 't' else "${type}"::text end`,
    `"${type} text"`,
  ]);
  const { rows } = await client.query<unknown[]>({
    rowMode: 'array',
    text: `select ${names.join(', ')}, "id"::text, "json" from "rows" order by "n"`,
  });
  assert.deepEqual(
    rows,
    all.map((row, n) => [...row, n === 0 ? examples.reference : null, n === 0 ? json : null]),
  );
});
