import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listText, readListText } from '../../src/domain/list-text.ts';
import { seeded } from '../support/seeded.ts';
import { openTestStore } from '../support/store.ts';

const { pool } = await openTestStore(2);

const PIECES = [
  'a',
  'é',
  ' ',
  '\t',
  '\n',
  '\u00a0',
  '"',
  '\\',
  '{',
  '}',
  ',',
  'NULL',
  'null',
  '😀',
  '\u0085',
  "'",
  '%',
];

test('a list of texts is printed as PostgreSQL prints it, and read again', async () => {
  const random = seeded(7);
  const lists = Array.from({ length: 3_000 }, () =>
    Array.from({ length: random.below(4) }, () =>
      Array.from({ length: random.below(5) }, () => random.pick(PIECES)).join(''),
    ),
  );
  const { rows } = await pool.query<{ text: string }>(
    `select (array(select jsonb_array_elements_text("list")))::text as "text"
     from jsonb_array_elements($1::jsonb) with ordinality as "l" ("list", "n") order by "n"`,
    [JSON.stringify(lists)],
  );
  assert.deepEqual(
    lists.map(listText),
    rows.map(({ text }) => text),
  );
  assert.deepEqual(
    rows.map(({ text }) => readListText(text)),
    lists,
  );
});

test('what is no list of texts is read as none', () => {
  for (const text of [
    '',
    'a',
    '{',
    '{a',
    'a}',
    '{a}b',
    '{a,}',
    '{,a}',
    '{{a}}',
    '{NULL}',
    '{"a}',
    '{"a" b}',
    '[0:0]={a}',
  ]) {
    assert.equal(readListText(text), null, text);
  }
  assert.deepEqual(readListText(' { a , "b" } '), ['a', 'b']);
});
