import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJudge } from '../../src/rows/judge-pair.ts';
import type { Judge } from '../../src/rows/judge-pair.ts';
import { bitsOf } from '../../src/rows/likeness.ts';
import { learn } from '../../src/rows/match/learn.ts';
import { createMatcher } from '../../src/rows/match/matcher.ts';
import type { Matcher } from '../../src/rows/match/matcher.ts';
import type { Row } from '../../src/rows/match/sample.ts';

const NAMES = ['Nordwind', 'Alpenblick', 'Rheintal', 'Sonnenhof', 'Bergmann', 'Havel', 'Elbe', 'Isar', 'Weser'];
const FORMS = ['GmbH', 'AG', 'Inc.', 'Ltd'];
const CITIES = ['Berlin', 'Hamburg', 'Zug', 'Boston'];
const ACCEPT = bitsOf(80);

/** Companies of which four each share a name but for its legal form. */
const COMPANIES = NAMES.flatMap((name, at) =>
  FORMS.map((form, other) => [`${name} ${form}`, CITIES[(at + other) % 4] ?? null]),
);

function learned(names: readonly string[], rows: readonly Row[]): { matcher: Matcher; judge: Judge } {
  const fields = names.map((name) => ({ name, type: 'text' as const, ofPeople: false }));
  const matcher = createMatcher(learn({ fields, rows, incoming: rows }));
  return { matcher, judge: createJudge(matcher, null) };
}

test('companies that share a name but for the legal form are known again by the same rows, and none for another', () => {
  const { matcher, judge } = learned(['company_name', 'city'], COMPANIES);
  const records = COMPANIES.map((row) => matcher.prepare(row));
  for (const [at, record] of records.entries()) {
    const again = matcher.prepare(COMPANIES[at] ?? []);
    const found = records.filter((other) => matcher.keys(other).some((key) => matcher.keys(again).includes(key)));
    assert.ok(found.includes(record));
    assert.deepEqual(
      found.filter((other) => judge.bits(again, other, 'between') >= ACCEPT),
      [record],
    );
  }
});

test('rows of one file that say the same are one thing only where that says enough', () => {
  const { matcher, judge } = learned(['company_name', 'city'], COMPANIES);
  const [one] = COMPANIES.map((row) => matcher.prepare(row));
  assert.ok(one && judge.bits(one, one, 'within') < ACCEPT);
});

test('rows that say nothing are nobody again', () => {
  const { matcher, judge } = learned(['company_name', 'city'], COMPANIES);
  const nothing = matcher.prepare([null, '']);
  assert.deepEqual(matcher.keys(nothing), []);
  assert.ok(judge.bits(nothing, matcher.prepare(['', null]), 'between') < ACCEPT);
});

test('two persons may say the same of themselves', () => {
  const people = ['Maria', 'Josef', 'Anna'].flatMap((given) => NAMES.map((name) => [given, name]));
  const { matcher, judge } = learned(['first_name', 'last_name'], people);
  const one = matcher.prepare(['Maria', 'Nordwind']);
  assert.equal(judge.bits(one, one, 'between'), matcher.bits(one, one, 'between'));
});
