import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people } from '../../../bench/people.ts';
import { learn, learnPlan } from '../../../src/rows/match/learn.ts';
import { createKeyer } from '../../../src/rows/match/keyer.ts';
import { createMatcher } from '../../../src/rows/match/matcher.ts';
import { planOf } from '../../../src/rows/match/model.ts';
import type { MatchModel } from '../../../src/rows/match/model.ts';
import type { MatchField } from '../../../src/rows/match/role.ts';
import type { Row } from '../../../src/rows/match/sample.ts';

const set = people(3000, 1000, 'hard', 11);
const model = learn({ fields: set.fields, rows: set.rows, incoming: set.incoming });
const matcher = createMatcher(model);

/** A row of the set's fields. */
const person = (values: Readonly<Record<string, string>>): Row => set.fields.map(({ name }) => values[name] ?? null);

const ADA = {
  first_name: 'William',
  last_name: 'Thornbury',
  email: 'william.thornbury@example.org',
  phone: '0412 345 678',
  street: '12 Oakfield Street',
  city: 'Kelmouth',
  postcode: '2214',
  birth_date: '1961-04-09',
};

function confidence(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): number {
  return matcher.explain(matcher.prepare(person(one)), matcher.prepare(person(other))).confidence;
}

const without = (...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(ADA).filter(([name]) => !names.includes(name)));

test('a person is known by a nickname, with names in each other’s place, with an accent, in capitals, with a slip', () => {
  const known = without('email', 'phone');
  for (const names of [
    { first_name: 'Bill' },
    { first_name: 'Thornbury', last_name: 'William' },
    { first_name: 'Wílliam', last_name: 'Thörnbury' },
    { first_name: 'WILLIAM', last_name: 'THORNBURY' },
    { last_name: 'Thornbuyr' },
    { street: '12 Oakfield St.', birth_date: '09/04/1961' },
  ]) {
    assert.ok(confidence(known, { ...known, ...names }) > 95, JSON.stringify(names));
  }
});

test('another first name at the same address is another person, however much else agrees', () => {
  const kin = { ...without('birth_date'), first_name: 'Patricia', email: 'patricia.thornbury@example.org' };
  const pair = matcher.explain(matcher.prepare(person(ADA)), matcher.prepare(person(kin)));
  assert.equal(pair.vetoed, true);
  assert.equal(pair.confidence, 0);
});

test('surname, address and phone alone do not prove a person', () => {
  const house = without('first_name', 'email', 'birth_date');
  assert.ok(confidence(house, { ...house }) <= 80.01);
});

test('the same local part at another provider speaks for a person, an address of the office does not', () => {
  const few = { first_name: 'William', last_name: 'Thornbury' };
  const emails = (one: string, other: string): number => confidence({ ...few, email: one }, { ...few, email: other });
  const same = emails('willthorn@example.org', 'willthorn@example.com');
  assert.ok(same > emails('willthorn@example.org', 'oakfield@example.org') + 5);
  // Numbered addresses are those of two people.
  assert.ok(same > emails('willthorn12@example.org', 'willthorn13@example.org'));
});

test('every field explains itself, and the weights and the prior are what the odds are made of', () => {
  const other = { ...ADA, phone: '0499 999 111', first_name: 'Bill' };
  const pair = matcher.explain(matcher.prepare(person(ADA)), matcher.prepare(person(other)));
  assert.deepEqual(
    pair.evidence.map(({ fields }) => fields.map((at) => model.fields[at]?.name).join('+')),
    ['first_name', 'last_name', 'street', 'email', 'phone', 'city', 'postcode', 'birth_date'],
  );
  const of = (name: string): { likeness: number; weight: number } | undefined =>
    pair.evidence.find(({ fields }) => fields.some((at) => model.fields[at]?.name === name));
  assert.equal(of('last_name')?.likeness, 100);
  assert.ok((of('first_name')?.likeness ?? 0) < 100 && (of('first_name')?.weight ?? 0) > 0);
  assert.ok((of('phone')?.likeness ?? 100) <= 50 && (of('phone')?.weight ?? 0) < 0);
  const sum = pair.evidence.reduce((total, { weight }) => total + weight, model.priorBits);
  assert.ok(pair.bits <= sum + 0.1);
  for (const { likeness } of pair.evidence) assert.ok(likeness >= 0 && likeness <= 100);
});

test('a surname that few have says more than one that many have', () => {
  const at = set.fields.findIndex(({ name }) => name === 'last_name');
  const counts = new Map<string, number>();
  for (const row of set.rows) counts.set(row[at] ?? '', (counts.get(row[at] ?? '') ?? 0) + 1);
  const byCount = [...counts].filter(([name]) => name.length > 4).toSorted(([, a], [, b]) => a - b);
  const weight = (surname: string): number => {
    const row = matcher.prepare(person({ ...ADA, last_name: surname }));
    return matcher.explain(row, row).evidence.find(({ fields }) => fields.includes(at))?.weight ?? 0;
  };
  assert.ok(weight(byCount[0]?.[0] ?? '') > weight(byCount.at(-1)?.[0] ?? '') + 1);
});

test('the odds of a pair are the same both ways', () => {
  for (let at = 0; at < 500; at++) {
    const [a, b] = [matcher.prepare(set.rows[at] ?? []), matcher.prepare(set.incoming[at] ?? [])];
    assert.equal(matcher.bits(a, b), matcher.bits(b, a));
  }
});

test('a model comes back from JSON as it was', () => {
  const back = createMatcher(JSON.parse(JSON.stringify(model)));
  for (const [a, b] of set.truth.slice(0, 200)) {
    const [left, right] = [set.rows[a] ?? [], set.incoming[b] ?? []];
    assert.deepEqual(back.keys(back.prepare(left)), matcher.keys(matcher.prepare(left)));
    assert.equal(
      back.bits(back.prepare(left), back.prepare(right)),
      matcher.bits(matcher.prepare(left), matcher.prepare(right)),
    );
  }
});

test('the model does not depend on the order of the rows nor on how often one is repeated', () => {
  const mixed = learn({
    fields: set.fields,
    rows: [...set.rows.slice(700).toReversed(), ...set.rows.slice(0, 700), ...set.rows.slice(0, 50)],
    incoming: set.incoming.toReversed(),
  });
  const text = (one: MatchModel): string => JSON.stringify({ ...one, learnedFrom: null });
  assert.ok(text(mixed) === text(model));
});

test('weights are learned anew under a stored plan, whose keys stay', () => {
  const plan = learnPlan({ fields: set.fields, rows: set.rows });
  const stored = JSON.parse(JSON.stringify(plan));
  const later = learn({ fields: set.fields, rows: set.rows.slice(0, 1500), incoming: set.incoming, plan: stored });
  assert.ok(JSON.stringify(planOf(later)) === JSON.stringify(plan));
  const [keyer, again] = [createKeyer(plan), createMatcher(later)];
  for (const row of set.incoming) assert.deepEqual(keyer.keys(keyer.prepare(row)), again.keys(again.prepare(row)));
  const linked = set.truth.filter(([a, b]) => {
    return again.bits(again.prepare(set.rows[a] ?? []), again.prepare(set.incoming[b] ?? [])) > 2.5;
  });
  assert.ok(linked.length > 0.94 * set.truth.length, `${linked.length} of ${set.truth.length}`);
});

test('ten thousand equal rows do not hide whom they are like', () => {
  const one = set.rows[5] ?? [];
  const many = learn({ fields: set.fields, rows: set.rows, incoming: Array.from({ length: 10_000 }, () => one) });
  const found = createMatcher(many);
  const record = found.prepare(one);
  assert.ok(found.keys(record).length >= 5);
  assert.ok(found.bits(record, found.prepare([...one])) > 3);
});

const FIELDS: MatchField[] = [{ name: 'name' }, { name: 'email' }, { name: 'note' }];

test('whatever is in the values, nothing throws, and a model is JSON that a database takes', () => {
  const nasty = [
    'x'.repeat(1_000_000),
    `${'a@b.c '.repeat(100_000)}`,
    '\u0000\u0001',
    '\ud800 lone \udfff',
    '',
    '   ',
    '\u202e\ufeff',
    '𝒜𝒹𝒶 Łovelace',
    '@@@@',
    '0'.repeat(5000),
    "'; drop table x; --",
    '__proto__',
    'constructor',
    'ﷺ'.repeat(3000),
  ];
  const rows: Row[] = nasty.flatMap((value, at) => [
    [value, value, value],
    [nasty[(at + 1) % nasty.length] ?? null, null, value],
    [null, `${value}@x.y`, null],
  ]);
  const learned = learn({ fields: FIELDS, rows, incoming: rows });
  assert.doesNotMatch(JSON.stringify(learned), /\\u0000|\\ud[89a-f]/i);
  assert.ok(JSON.stringify(learned).length < 200_000);
  const found = createMatcher(learned);
  const records = rows.map((row) => found.prepare(row));
  for (const a of records) {
    const keys = found.keys(a);
    assert.ok(keys.length < 100 && keys.every((key) => Number.isSafeInteger(key) && key >= 0));
    for (const b of records) assert.ok(!Number.isNaN(found.bits(a, b)));
  }
});

test('nothing to learn from is no mistake', () => {
  for (const rows of [[], [[null, null, null]], [['', '', '']], [['Ada', null, null]]] as Row[][]) {
    const found = createMatcher(learn({ fields: FIELDS, rows, incoming: rows }));
    const record = found.prepare(['Ada', 'ada@example.org', null]);
    assert.ok(!Number.isNaN(found.bits(record, record)));
  }
  const none = createMatcher(learn({ fields: [], rows: [[]] }));
  assert.deepEqual(none.keys(none.prepare([])), []);
});

test('a handful of rows is enough for what is usual in the world', () => {
  const fields = ['first_name', 'last_name', 'email', 'phone', 'city'].map((name) => ({ name }));
  const there: Row[] = [
    ['John', 'Smith', 'john.smith@acme.example', '+1 555 123 4567', 'Boston'],
    ['Mary', 'Jones', 'mary@jones.example', '+1 555 222 3333', 'Chicago'],
    ['Robert', 'Brown', 'rob@brown.example', null, 'Denver'],
    ['Linda', 'Green', null, '+1 555 777 8888', 'Austin'],
  ];
  const incoming: Row[] = [
    ['Jon', 'Smith', 'john.smith@acme.example', '5551234567', 'Boston'],
    ['Bob', 'Brown', 'rob@brown.example', '+1 555 000 1111', 'Denver'],
    ['Lynda', 'Green', 'lynda@green.example', '555-777-8888', 'Austin'],
    ['Peter', 'Smith', 'peter@smith.example', '+1 555 999 0000', 'Boston'],
    ['Susan', 'White', 'susan@white.example', null, 'Denver'],
  ];
  const found = createMatcher(learn({ fields, rows: there, incoming }));
  const said = incoming.map((row) =>
    there.map((other) => Math.round(found.explain(found.prepare(other), found.prepare(row)).confidence)),
  );
  const accepted = said.map((all) => all.flatMap((value, at) => (value >= 85 ? [at] : [])));
  assert.deepEqual(accepted, [[0], [2], [3], [], []], JSON.stringify(said));
});
