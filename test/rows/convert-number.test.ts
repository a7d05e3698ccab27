import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { toInteger, toNumeric } from '../../src/rows/convert-number.ts';
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

const NOT_A_NUMBER = new Misfit('invalid_format', 'must be a number.');
const NOT_FINITE = new Misfit('out_of_range', 'must be a finite number.');
const TOO_LONG = new Misfit('out_of_range', 'has more digits than a number may have.');
const NOT_WHOLE = new Misfit('invalid_format', 'must be a whole number.');
const NOT_64_BITS = new Misfit('out_of_range', 'must fit into 64 bits.');

/** What PostgreSQL prints for the values, in their order. */
async function printed(type: 'numeric' | 'int8', values: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select "value"::${type}::text as "text" from unnest($1::text[]) with ordinality as "v" ("value", "n") order by "n"`,
    [values],
  );
  return rows.map((row) => row.text);
}

const NUMBERS: readonly (readonly [given: string, numeric: string])[] = [
  ['0', '0'],
  ['-0', '0'],
  ['-0.00', '0.00'],
  ['+7', '7'],
  ['007', '7'],
  ['-007.50', '-7.50'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['-.5', '-0.5'],
  [' 1.5\t', '1.5'],
  ['1.50', '1.50'],
  ['1e3', '1000'],
  ['1E+3', '1000'],
  ['1.5e1', '15'],
  ['1.50e1', '15.0'],
  ['1e-3', '0.001'],
  ['-12.5e-4', '-0.00125'],
  ['0e9', '0'],
  ['0.00e1', '0.0'],
  ['1e+20', '100000000000000000000'],
  ['3.141592653589793', '3.141592653589793'],
  ['99999999999999999999999999999.000000000000000000001', '99999999999999999999999999999.000000000000000000001'],
];

test('numbers become the exact decimals that PostgreSQL prints', async () => {
  assert.deepEqual(
    NUMBERS.map(([given]) => toNumeric(given)),
    NUMBERS.map(([, numeric]) => numeric),
  );
  assert.deepEqual(
    await printed(
      'numeric',
      NUMBERS.map(([given]) => given),
    ),
    NUMBERS.map(([, numeric]) => numeric),
  );
});

test('what is no finite number is refused by its own reason', () => {
  const refused: readonly (readonly [string, Misfit])[] = [
    ...[
      '',
      ' ',
      '.',
      '-',
      '+',
      'e5',
      '1e',
      '1,5',
      '1 5',
      '1.2.3',
      '--1',
      '0x1F',
      '1_000',
      '$5',
      'five',
      '١٢',
      '1e5.5',
    ].map((text) => [text, NOT_A_NUMBER] as const),
    ...['NaN', 'nan', 'inf', '-Infinity', '+INF', ' infinity '].map((text) => [text, NOT_FINITE] as const),
  ];
  assert.deepEqual(
    refused.map(([text]) => [text, toNumeric(text)]),
    refused.map(([text, misfit]) => [text, misfit]),
  );
});

test('a number may have as many digits as PostgreSQL keeps, and not one more', async () => {
  const widest = '9'.repeat(131_072);
  const finest = `0.${'9'.repeat(16_383)}`;
  assert.deepEqual(await printed('numeric', [widest, finest]), [widest, finest]);
  assert.deepEqual([toNumeric(widest), toNumeric(finest)], [widest, finest]);
  assert.deepEqual([toNumeric(`1${widest}`), toNumeric(`${finest}9`)], [TOO_LONG, TOO_LONG]);
  assert.equal(toNumeric(`${'0'.repeat(200_000)}1`), '1');
  assert.deepEqual([toNumeric('1e9999'), toNumeric('1e-9999')], await printed('numeric', ['1e9999', '1e-9999']));
});

test('an exponent beyond every number is out of range', () => {
  assert.deepEqual(
    [toNumeric('1e99999'), toNumeric('1e-99999'), toNumeric('-2.5E+123456789')],
    [TOO_LONG, TOO_LONG, TOO_LONG],
  );
});

function anyNumber(random: Seeded): string {
  const sign = random.pick(['', '', '-', '+']);
  const whole = random.digits(random.between(0, 25));
  const fraction = random.chance(0.5) ? `.${random.digits(random.between(whole === '' ? 1 : 0, 25))}` : '';
  const digits = whole === '' && fraction === '' ? '0' : `${whole}${fraction}`;
  const zeros = random.chance(0.2) ? '000' : '';
  const exponent = random.chance(0.3)
    ? `${random.pick(['e', 'E'])}${random.pick(['', '-', '+'])}${random.below(60)}`
    : '';
  return `${sign}${zeros}${digits}${exponent}`;
}

test('thousands of random numbers come out as PostgreSQL prints them', async () => {
  const random = seeded(20_261_121);
  const given = Array.from({ length: 5_000 }, () => anyNumber(random));
  assert.deepEqual(
    given.map((text) => toNumeric(text)),
    await printed('numeric', given),
  );
});

test('floats become exact decimals by their shortest text', async () => {
  const random = seeded(7);
  const floats = Array.from({ length: 2_000 }, () => (random.below(2 ** 31) - 2 ** 30) * 10 ** random.between(-30, 30));
  const { rows } = await pool.query<{ float: string; numeric: string }>(
    `select "f"::text as "float", "f"::text::numeric::text as "numeric" from unnest($1::float8[]) with ordinality as "v" ("f", "n") order by "n"`,
    [floats],
  );
  assert.deepEqual(
    rows.map((row) => toNumeric(row.float)),
    rows.map((row) => row.numeric),
  );
});

test('whole numbers of 64 bits are kept and nothing is rounded', async () => {
  const whole = [
    '0',
    '-0',
    '42',
    '-42',
    '007',
    '1e3',
    '12.000',
    '9223372036854775807',
    '-9223372036854775808',
    '9.223372036854775807e18',
  ];
  assert.deepEqual(
    whole.map((text) => toInteger(text)),
    await printed('int8', [
      '0',
      '0',
      '42',
      '-42',
      '7',
      '1000',
      '12',
      '9223372036854775807',
      '-9223372036854775808',
      '9223372036854775807',
    ]),
  );
  assert.deepEqual(
    ['1.5', '0.1', '1e-1'].map((text) => toInteger(text)),
    [NOT_WHOLE, NOT_WHOLE, NOT_WHOLE],
  );
  const wide = ['9223372036854775808', '-9223372036854775809', '1e19', '1e300', '99999999999999999999'];
  assert.deepEqual(
    wide.map((text) => toInteger(text)),
    wide.map(() => NOT_64_BITS),
  );
  assert.deepEqual([toInteger('many'), toInteger('NaN'), toInteger('')], [NOT_A_NUMBER, NOT_FINITE, NOT_A_NUMBER]);
});
