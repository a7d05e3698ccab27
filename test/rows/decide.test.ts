import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModeConfig } from '../../src/domain/job.ts';
import { decide } from '../../src/rows/decide.ts';
import { applyChunk, emptyTarget, person, rulesOf } from '../support/deciding.ts';

/** What becomes of one row that meets a record by its identifier, by its e-mail, or not at all. */
function outcomeOf(
  meets: 'identity, changed' | 'identity, same' | 'duplicate' | 'nothing',
  mode: Partial<ModeConfig>,
): string {
  const target = emptyTarget();
  const stored = person({ external_id: '1', email: 'a' }, 1);
  target.records.set('old', { values: stored.values, hash: stored.hash });
  target.known.set('1', { id: 'old', hash: stored.hash, merged: false });
  const rows = {
    'identity, changed': person({ external_id: '1', email: 'b' }, 1),
    'identity, same': stored,
    duplicate: person({ external_id: '2', email: 'A' }, 1),
    nothing: person({ external_id: '2', email: 'z' }, 1),
  };
  const [told] = applyChunk(target, [rows[meets]], rulesOf({ mode: { ...mode }, detect: ['email'] }));
  return `${told?.action} ${told?.target} of ${told?.duplicateOf}`;
}

const TABLE: readonly (readonly [
  mode: Partial<ModeConfig>,
  changed: string,
  same: string,
  duplicate: string,
  nothing: string,
])[] = [
  [
    { importMode: 'upsert' },
    'updated old of null',
    'skipped old of null',
    'updated old of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'upsert', updateDuplicates: false },
    'updated old of null',
    'skipped old of null',
    'created new-1 of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'upsert', skipDuplicates: true },
    'skipped old of null',
    'skipped old of null',
    'skipped old of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'create' },
    'skipped old of null',
    'skipped old of null',
    'skipped old of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'create', updateDuplicates: false },
    'skipped old of null',
    'skipped old of null',
    'skipped old of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'create', skipDuplicates: true },
    'skipped old of null',
    'skipped old of null',
    'skipped old of old',
    'created new-1 of null',
  ],
  [
    { importMode: 'update' },
    'updated old of null',
    'skipped old of null',
    'updated old of old',
    'skipped null of null',
  ],
  [
    { importMode: 'update', updateDuplicates: false },
    'updated old of null',
    'skipped old of null',
    'skipped old of old',
    'skipped null of null',
  ],
  [
    { importMode: 'update', skipDuplicates: true },
    'skipped old of null',
    'skipped old of null',
    'skipped old of old',
    'skipped null of null',
  ],
];

for (const [mode, ...expected] of TABLE) {
  test(`what becomes of a row with ${JSON.stringify(mode)}`, () => {
    const meets = ['identity, changed', 'identity, same', 'duplicate', 'nothing'] as const;
    assert.deepEqual(
      meets.map((way) => outcomeOf(way, mode)),
      expected,
    );
  });
}

test('a match says by which fields, with the value as it came', () => {
  const target = emptyTarget();
  const rules = rulesOf({ detect: ['first', 'last', 'phone'] });
  const rows = [
    person({ external_id: '1', first: 'Ada', last: 'King' }, 1),
    person({ external_id: '2', first: ' ADA', last: 'king' }, 2),
  ];
  const found = { byIdentifier: new Map(), byKey: rules.keys.map(() => new Map()), contents: target.records };
  const { outcomes } = decide(rows, found, rules);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.matched),
    [
      null,
      {
        strategy: 'exact',
        confidence: 100,
        fields: { first: { confidence: 100, matchedValue: ' ADA' }, last: { confidence: 100, matchedValue: 'king' } },
      },
    ],
  );
});

test('a row whose match has lost its key in the same chunk waits until that is written', () => {
  const target = emptyTarget();
  const rules = rulesOf({ detect: ['email'] });
  applyChunk(target, [person({ external_id: '1', email: 'a' }, 1)], rules);
  const rows = [
    person({ external_id: '1', email: 'b' }, 2),
    person({ external_id: '2', email: 'a' }, 3),
    person({ external_id: '3', email: 'b', phone: '1' }, 4),
  ];
  const found = { byIdentifier: target.known, byKey: [new Map([['a', 'new-1']])], contents: target.records };
  assert.deepEqual(
    decide(rows, found, rules).outcomes.map((outcome) => outcome.candidate.rowNumber),
    [2],
  );
  assert.deepEqual(
    applyChunk(target, rows, rules).map(({ action, target: id }) => [action, id]),
    [
      ['updated', 'new-1'],
      ['created', 'new-2'],
      ['updated', 'new-1'],
    ],
  );
});
