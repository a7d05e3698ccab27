import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { ByteWriter } from '../../../src/rows/byte-writer.ts';
import { copyInto } from '../../../src/store/commit/copy.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { seeded } from '../../support/seeded.ts';
import { testData } from '../../support/test-data.ts';

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

const LINES = { into: '"lines"', columns: 3 };

type Pair = readonly [string | null, string | null];

const writePair = ([n, [a, b]]: readonly [number, Pair], writer: ByteWriter): void =>
  void writer.int32(4).int32(n).text(a).text(b);

/** Values as they are after a trip through COPY. */
async function roundTrip(pairs: readonly Pair[]): Promise<Pair[]> {
  await client.query('truncate "lines"');
  await copyInto(
    client,
    LINES,
    pairs.map((pair, index) => [index, pair] as const),
    writePair,
  );
  const { rows } = await client.query<{ a: string | null; b: string | null }>(
    'select "a", "b" from "lines" order by "n"',
  );
  return rows.map(({ a, b }) => [a, b] as const);
}

const HOSTILE = [
  '',
  ' ',
  '\\',
  '\\N',
  '\\.',
  '\n\\.\n',
  'a\tb',
  'a\r\nb',
  '\b\f\v',
  '\\x41\\101',
  '\'"`$$;--/*',
  '\u0001\u001f\u007f\u0085\u00a0',
  '\u2028\u2029\ufeff\ufffd\uffff',
  '😀👩‍👩‍👧‍👦\u0301',
  'ﷺ'.repeat(1_000),
  '\\'.repeat(10_001),
];

test('hostile text comes out of COPY as it went in', async () => {
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

test('random text of special characters comes out of COPY as it went in', async () => {
  const random = seeded(5);
  const text = (): string =>
    Array.from({ length: random.below(12) }, () =>
      random.pick(['\\', 'N', '.', '\t', '\n', '\r', 'n', 't', 'x', '0', 'é', '😀']),
    ).join('');
  const pairs = Array.from({ length: 3_000 }, () => [text(), random.chance(0.1) ? null : text()] as const);
  assert.deepEqual(await roundTrip(pairs), pairs);
});

test('an empty text and no value are told apart, and no rows are no copy', async () => {
  assert.deepEqual(await roundTrip([['', null]]), [['', null]]);
  assert.deepEqual(await roundTrip([]), []);
});

test('a copy that the server refuses at its first row rejects, and the session goes on', async () => {
  await client.query('truncate "lines"');
  const rows = Array.from({ length: 200_000 }, (_, n) => n);
  const copy = copyInto(client, LINES, rows, (n, writer) => {
    // A zero byte is no text in PostgreSQL.
    writer
      .int32(4)
      .int32(n)
      .text(n === 0 ? 'a\0b' : 'x'.repeat(100))
      .null();
  });
  await assert.rejects(copy, { code: '22021' });
  assert.deepEqual((await client.query('select count(*)::int as "n" from "lines"')).rows, [{ n: 0 }]);
});

test('copies of many megabytes arrive whole, one after the other', async () => {
  await client.query('truncate "lines"');
  for (const letter of ['é', 'x']) {
    const rows = Array.from({ length: 100_000 }, (_, n) => [n, [letter.repeat(150), null]] as const);
    await copyInto(client, LINES, rows, writePair);
  }
  const { rows } = await client.query(
    `select left("a", 1) as "a", count(*)::int as "n", sum(length("a"))::int as "length" from "lines" group by 1 order by 1`,
  );
  assert.deepEqual(rows, [
    { a: 'x', n: 100_000, length: 15_000_000 },
    { a: 'é', n: 100_000, length: 15_000_000 },
  ]);
});
