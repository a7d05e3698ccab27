import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FieldType, TargetField, TargetSpec } from '../../../src/domain/target.ts';
import { listText } from '../../../src/domain/list-text.ts';
import { packRow, rowHash } from '../../../src/rows/packed-row.ts';
import { normaliseExact } from '../../../src/rows/exact-keys.ts';
import { hashSql, normalisedSql, objectSql, textSql } from '../../../src/store/commit/field-sql.ts';
import { seeded } from '../../support/seeded.ts';
import { testData } from '../../support/test-data.ts';
import { COLUMN_TYPES } from '../../../src/store/column-types.ts';
import { openTestStore } from '../../support/store.ts';

const { pool } = await openTestStore(2);

const field = (name: string, type: FieldType): TargetField => ({ name, column: name, type, required: false });

function spec(fields: readonly TargetField[]): TargetSpec {
  return { type: 'all', label: 'All', schema: 'target', table: 'all', fields, identity: [], anyOf: [], builtin: false };
}

const ALL = spec([
  field('te"xt', 'text'),
  field('integer', 'integer'),
  field('numeric', 'numeric'),
  field('boolean', 'boolean'),
  field('date', 'date'),
  field('timestamptz', 'timestamptz'),
  field('reference', 'reference'),
  field('uuid', 'uuid'),
  field('list', 'list'),
]);

/** Rows as a select with a record `t` for each, in their order. */
function selectOf(target: TargetSpec, what: string): string {
  const columns = target.fields.map(
    ({ column, type }, index) => `("v"."row"->>${index})::${COLUMN_TYPES[type]} as "${column.replaceAll('"', '""')}"`,
  );
  return `select ${what} as "value" from (
      select "v"."n", ${columns.join(', ')} from jsonb_array_elements($1::jsonb) with ordinality as "v" ("row", "n")
    ) as "t" order by "t"."n"`;
}

type Row = readonly (string | null)[];

async function hashes(target: TargetSpec, written: readonly string[], rows: readonly Row[]): Promise<string[]> {
  const sql = selectOf(target, `encode(${hashSql(target, written, 't')}, 'hex')`);
  const found = await pool.query<{ value: string }>(sql, [JSON.stringify(rows)]);
  return found.rows.map((row) => row.value);
}

const hostile = ['', ' ', '\\', '\\N', 'N', 'a\tb', 'a\nb', 'a\rb', '\\t', '\u2028', '😀', "'", '"', '\u0001'];

function anyRow(seed: number): Row[] {
  const random = seeded(seed);
  const or = (value: string): string | null => (random.chance(0.2) ? null : value);
  const two = (below: number): string => String(1 + random.below(below)).padStart(2, '0');
  return Array.from({ length: 2_000 }, () => [
    or(Array.from({ length: random.below(6) }, () => random.pick(hostile)).join('')),
    or(String(random.below(2 ** 31) - 2 ** 30)),
    or(random.pick(['0', '1.50', '-0.001', '123456789012345678901234567890.10', '0.00'])),
    or(random.pick(['t', 'f'])),
    or(`${1000 + random.below(8000)}-${two(12)}-${two(28)}`),
    or(
      `${1000 + random.below(8000)}-${two(12)}-${two(28)} ${two(23)}:${two(59)}:${two(59)}${random.pick(['', '.5', '.000001'])}+00`,
    ),
    or(`00000000-0000-7000-8000-${random.digits(12)}`),
    or(`00000000-0000-0000-0000-${random.digits(12)}`),
    or(
      listText(Array.from({ length: random.below(4) }, () => random.pick([...hostile, 'NULL', '{a,b}', ' é ', 'a b']))),
    ),
  ]);
}

test('the hash of a record in SQL is the hash of the row it came from, for every type and for no value', async () => {
  const rows = [ALL.fields.map(() => null), ...anyRow(1)];
  assert.deepEqual(
    await hashes(
      ALL,
      ALL.fields.map(({ name }) => name),
      rows,
    ),
    rows.map((row) => rowHash(packRow(row))),
  );
});

test('fields that a job does not write count as empty in both hashes', async () => {
  const rows = anyRow(2).slice(0, 200);
  assert.deepEqual(
    await hashes(ALL, ['integer', 'date'], rows),
    rows.map((row) => rowHash(packRow(row.map((value, index) => (index === 1 || index === 4 ? value : null))))),
  );
});

const naughty = testData('security/blns.json');
test('the hashes of naughty strings are the same on both sides', { skip: naughty.skip }, async () => {
  const target = spec([field('a', 'text'), field('b', 'text')]);
  const texts = JSON.parse(readFileSync(naughty.path, 'utf8')) as string[];
  const rows = texts.map((text, index) => [text, texts[index - 1] ?? null]);
  assert.deepEqual(
    await hashes(target, ['a', 'b'], rows),
    rows.map((row) => rowHash(packRow(row))),
  );
});

test('a target may have more fields than a function has arguments', async () => {
  const wide = spec(Array.from({ length: 300 }, (_, n) => field(`field ${n}`, 'text')));
  const row = wide.fields.map((_, n) => (n % 7 === 0 ? null : `value ${n}`));
  assert.deepEqual(
    await hashes(
      wide,
      wide.fields.map(({ name }) => name),
      [row],
    ),
    [rowHash(packRow(row))],
  );
  const members = wide.fields.map((each) => [each.name, textSql(each, 't')] as const);
  const { rows } = await pool.query<{ value: unknown }>(selectOf(wide, objectSql(members)), [JSON.stringify([row])]);
  assert.deepEqual(rows, [{ value: Object.fromEntries(wide.fields.map(({ name }, n) => [name, row[n]])) }]);
});

test('an object may have any names and none', async () => {
  const { rows } = await pool.query(`select ${objectSql([[`it's "a" \\name`, '1']])} as "a", ${objectSql([])} as "b"`);
  assert.deepEqual(rows, [{ a: { [`it's "a" \\name`]: 1 }, b: {} }]);
});

test('values are normalised alike on both sides, for every character there is', async () => {
  const { rows } = await pool.query<{ n: number; value: string }>(
    `select "n", ${normalisedSql(field('value', 'text'), 't')} as "value"
     from (select "n", ' A' || chr("n") || chr("n") || 'Z ' as "value" from generate_series(1, 1114111) as "g" ("n")
       where "n" not between 55296 and 57343 and (unicode_assigned(chr("n")) or "n" < 256)) as "t"`,
  );
  assert.ok(rows.length > 250_000);
  const different = rows.flatMap(({ n, value }) => {
    const character = String.fromCodePoint(n);
    return normaliseExact(` A${character}${character}Z `) === value ? [] : [n.toString(16)];
  });
  assert.deepEqual(different, []);
});

test('words are normalised alike on both sides, whatever surrounds their characters', async () => {
  const random = seeded(3);
  const parts = [
    'Σ',
    'σ',
    'Α',
    'İ',
    'I',
    'ı',
    'ß',
    'ẞ',
    'É',
    'e\u0301',
    '\u00ad',
    "'",
    '.',
    ':',
    '1',
    ' ',
    '\u00a0',
    '\u3000',
    '\u0085',
    '\ufeff',
    '\t',
    '\u200b',
    'ǅ',
    '😀',
  ];
  const words = Array.from({ length: 5_000 }, () =>
    Array.from({ length: random.below(8) }, () => random.pick(parts)).join(''),
  );
  const { rows } = await pool.query<{ value: string }>(
    `select ${normalisedSql(field('value', 'text'), 't')} as "value" from unnest($1::text[]) with ordinality as "t" ("value", "n") order by "n"`,
    [words],
  );
  assert.deepEqual(
    rows.map((row) => row.value),
    words.map((word) => normaliseExact(word)),
  );
});

test('values of every type can be normalised', async () => {
  const row = [
    'A',
    '1',
    '1.50',
    't',
    '2024-02-29',
    '2024-02-29 10:00:00+00',
    '00000000-0000-7000-8000-00000000000A',
    '00000000-0000-0000-0000-00000000000a',
    '{A,"b c"}',
  ];
  for (const [index, each] of ALL.fields.entries()) {
    const { rows } = await pool.query<{ value: string }>(selectOf(ALL, normalisedSql(each, 't')), [
      JSON.stringify([row]),
    ]);
    assert.deepEqual(rows, [{ value: normaliseExact(row[index] ?? '') }], each.name);
  }
});
