import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { openDirectory, OTHER_TENANT } from '../support/directory.ts';
import type { TestDirectory } from '../support/directory.ts';

const VALUES = [
  `'; drop table "target"."contacts"; --`,
  `" or 1=1 --`,
  '$1',
  '$$; select 1; $$',
  '%',
  '_',
  '\\',
  `a' & b | !c <-> d:*`,
  '{a,b}',
  'NULL',
  'country=x',
  ':*',
  'İstanbul',
  'straße',
];

describe('hostile values', () => {
  let directory: TestDirectory;
  before(async () => {
    directory = await openDirectory();
    await directory.insert('contact', [
      ...VALUES.map((value) => ({
        uuid: randomUUID(),
        title: value,
        country: value,
        departments: [value],
        email: value,
      })),
      { uuid: randomUUID(), title: 'plain' },
    ]);
    await directory.insert(
      'contact',
      VALUES.map((value) => ({ uuid: randomUUID(), country: value })),
      OTHER_TENANT,
    );
  });
  after(() => directory.close());

  for (const value of VALUES) {
    test(`${JSON.stringify(value)} is a value and nothing else`, async () => {
      for (const key of ['country', 'departments', 'email']) {
        const rows = await directory.search('contact', {
          where: { keyword_match: { must: { [key]: [value.toUpperCase()] } } },
          select_columns: ['country'],
        });
        assert.deepEqual(
          rows.map((row) => row['country']),
          [value],
        );
      }
      const rest = await directory.count('contact', { where: { keyword_match: { must_not: { country: [value] } } } });
      assert.equal(rest, VALUES.length);
      for (const search of ['match', 'match_phrase', 'match_phrase_prefix']) {
        const text = { text_value: value, filter_key: 'title', search_type: search };
        const rows = await directory.search('contact', { where: { text_matches: { must: [text] } } });
        const hasWord = /[\p{L}\p{N}]/u.test(value);
        assert.equal(
          rows.some((row) => row['title'] === value),
          hasWord,
        );
        assert.ok(!rows.some((row) => row['title'] === 'plain'));
      }
    });
  }

  test('a NUL, a lone surrogate and blanks are cleaned away, as they are from what is stored', async () => {
    const where = { keyword_match: { must: { country: ['  \u0000Nu\ud800ll '] } } };
    assert.equal(await directory.count('contact', { where }), 1);
    assert.equal(await directory.count('contact', { where: { keyword_match: { must: { country: [' '] } } } }), 0);
    assert.equal(
      await directory.count('contact', { where: { keyword_match: { must: { company_id: ['no uuid'] } } } }),
      0,
    );
  });

  test('very long values are stored, listed and searched', async () => {
    const long = 'Langer Name '.repeat(20_000);
    await directory.insert('contact', [
      {
        uuid: randomUUID(),
        last_name: long,
        first_name: long,
        title: long,
        city: long,
        departments: [long],
        email: long,
      },
    ]);
    const rows = await directory.search('contact', {
      where: {
        text_matches: { must: [{ text_value: 'langer name', filter_key: 'title', search_type: 'match_phrase' }] },
      },
      select_columns: ['last_name'],
    });
    assert.deepEqual(
      rows.map((row) => row['last_name'] === long),
      [true],
    );
    const after = await directory.search('contact', { cursor: rows[0]?.['cursor'], select_columns: ['title'] });
    assert.equal(after.length, VALUES.length + 1);
  });
});
