import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { copyLine, copyLineValues, rowHash } from '../../src/rows/copy-line.ts';
import type { CopyText } from '../../src/rows/copy-text.ts';
import { copyInto } from '../../src/store/commit/copy.ts';
import { openStore } from '../../src/store/orm.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { seeded } from '../support/seeded.ts';
import { testData } from '../support/test-data.ts';

let database: TestDatabase;
let orm: MikroORM;
let client: pg.PoolClient;

before(async () => {
  database = await createEmptyDatabase();
  orm = openStore(database.url, 1);
  const pool: pg.Pool = await orm.em.getConnection().getNativeClient();
  client = await pool.connect();
  await client.query(`create table "lines" ("n" integer, "a" text, "b" text)`);
});

after(async () => {
  client.release();
  await orm.close(true);
  await database.drop();
});

const HOSTILE = [
  '',
  ' ',
  '\\',
  '\\\\',
  '\\N',
  '\\n',
  '\\.',
  '\\.\n',
  '\n\\.\n',
  'a\tb',
  'a\nb',
  'a\r\nb',
  '\r',
  '\b\f\v',
  '\\x41\\101',
  '\'"`$$;--/*',
  'null',
  '\u0001\u001f\u007f\u0085\u00a0',
  '\u2028\u2029\ufeff\ufffd\uffff',
  '😀👩‍👩‍👧‍👦\u0301',
  'ﷺ'.repeat(1_000),
  '\\'.repeat(10_001),
];

const writeLine = (values: readonly (string | null)[], text: CopyText): void => void text.line(values);

/** Values as they are after a trip through COPY. */
async function roundTrip(
  pairs: readonly (readonly [string | null, string | null])[],
): Promise<(readonly [string | null, string | null])[]> {
  await client.query('truncate "lines"');
  await copyInto(
    client,
    '"lines"',
    pairs.map((pair, index) => [String(index), ...pair]),
    writeLine,
  );
  const { rows } = await client.query<{ a: string | null; b: string | null }>(
    'select "a", "b" from "lines" order by "n"',
  );
  return rows.map(({ a, b }) => [a, b]);
}

test('hostile text comes out of COPY as it went in, in the middle of a line and at its end', async () => {
  const pairs = HOSTILE.flatMap((text) => [[text, null] as const, [null, text] as const, [text, text] as const]);
  assert.deepEqual(await roundTrip(pairs), pairs);
});

const naughty = testData('security/blns.json');
test('the big list of naughty strings comes out of COPY as it went in', { skip: naughty.skip }, async () => {
  const texts = JSON.parse(readFileSync(naughty.path, 'utf8')) as string[];
  assert.ok(texts.length > 500);
  const pairs = texts.map((text) => [text, `${text}\\`] as const);
  assert.deepEqual(await roundTrip(pairs), pairs);
});

test('the values of a line are those it was made of', () => {
  const random = seeded(6);
  const text = (): string =>
    Array.from({ length: random.below(10) }, () =>
      random.pick(['\\', 'N', '\t', '\n', '\r', 'n', 't', 'r', '', 'é', '\u2028', '😀']),
    ).join('');
  for (let round = 0; round < 5_000; round++) {
    const values = Array.from({ length: 1 + random.below(4) }, () => (random.chance(0.2) ? null : text()));
    assert.deepEqual(copyLineValues(copyLine(values)), values);
  }
});

test('random text of special characters comes out of COPY as it went in', async () => {
  const random = seeded(5);
  const text = (): string =>
    Array.from({ length: random.below(12) }, () =>
      random.pick(['\\', 'N', '.', '\t', '\n', '\r', 'n', 't', 'x', '0', 'é', '😀']),
    ).join('');
  const pairs = Array.from({ length: 3_000 }, () => [text(), random.chance(0.1) ? null : text()] as const);
  assert.deepEqual(await roundTrip(pairs), pairs);
});

test('a line gives back the values it was made of', () => {
  const random = seeded(9);
  const parts = [...HOSTILE.slice(0, 20), 'N', 'n', 't', 'r', 'é', '\\\\'];
  const text = (): string => Array.from({ length: random.below(6) }, () => random.pick(parts)).join('');
  for (let round = 0; round < 5_000; round++) {
    const values = Array.from({ length: random.between(1, 6) }, () => (random.chance(0.2) ? null : text()));
    assert.deepEqual(copyLineValues(copyLine(values)), values);
  }
});

test('an empty text and no value are told apart', async () => {
  assert.deepEqual(copyLine([null, '', '\\N']).toString(), '\\N\t\t\\\\N');
  assert.deepEqual(await roundTrip([['', null]]), [['', null]]);
});

test('a copy that the server refuses at its first row rejects, and the session goes on', async () => {
  await client.query('truncate "lines"');
  const lines = [
    ['no number', 'a', 'b'],
    ...Array.from({ length: 200_000 }, (_, n) => [String(n), 'x'.repeat(100), null]),
  ];
  await assert.rejects(copyInto(client, '"lines"', lines, writeLine), { code: '22P02' });
  assert.deepEqual((await client.query('select count(*)::int as "n" from "lines"')).rows, [{ n: 0 }]);
});

test('a copy of many megabytes arrives whole', async () => {
  await client.query('truncate "lines"');
  const lines = Array.from({ length: 100_000 }, (_, n) => [String(n), 'é'.repeat(150), null]);
  await copyInto(client, '"lines"', lines, writeLine);
  const { rows } = await client.query('select count(*)::int as "n", sum(length("a"))::int as "length" from "lines"');
  assert.deepEqual(rows, [{ n: 100_000, length: 15_000_000 }]);
});

test('the hash of a row is the SHA-256 of its line in UTF-8', () => {
  const line = copyLine(['a\tb', null, 'é😀']);
  assert.equal(line.toString(), 'a\\tb\t\\N\té😀');
  assert.equal(rowHash(line), createHash('sha256').update(line).digest('hex'));
});
