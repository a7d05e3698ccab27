import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMPORT_MODES } from '../../src/domain/job.ts';
import type { Candidate } from '../../src/rows/candidate.ts';
import { packRow, rowHash } from '../../src/rows/packed-row.ts';
import type { DecisionRules } from '../../src/rows/decide.ts';
import { exactKeyOf } from '../../src/rows/exact-keys.ts';
import { applyChunk, emptyTarget, oldestByKey, person, rulesOf } from '../support/deciding.ts';
import type { Choices, Row, Target, Told } from '../support/deciding.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

/** Where `person` has its phone. */
const PHONE = 2;
const FAIL = { rule: 'fail', key: ['external_id'] } as const;
const IF_NEWER = { rule: 'if_newer', newerBy: 'phone', byNumber: false } as const;

/** The same by the rules of the documentation, one row at a time, in the plainest way. */
function applyOneByOne(target: Target, rows: readonly Candidate[], { mode, keys, newId }: DecisionRules): Told[] {
  const told: Told[] = [];
  for (const row of rows) {
    const { identifier, hash, values, issues, rowNumber } = row;
    const tellOf = (action: string, id: string | null = null, rest: Partial<Told> = {}): void => {
      told.push({ row: rowNumber, action, target: id, duplicateOf: null, before: null, afterHash: null, ...rest });
    };
    const change = (id: string, merge: boolean, duplicateOf: string | null = null): void => {
      const before = target.records.get(id) ?? { values: [], hash: null };
      const after = merge
        ? values.map((value, index) =>
            index === 0 || value === null || value === '' ? (before.values[index] ?? null) : value,
          )
        : values;
      const afterHash = rowHash(packRow(after));
      if (merge && packRow(after).equals(packRow(before.values))) {
        if (identifier !== null) target.known.set(identifier, { id, hash, merged: true });
        tellOf('skipped', id, { duplicateOf });
        return;
      }
      target.records.set(id, { values: after, hash: merge ? before.hash : hash });
      if (identifier !== null) target.known.set(identifier, { id, hash, merged: merge });
      tellOf('updated', id, { duplicateOf, before, afterHash: afterHash === hash ? null : afterHash });
    };
    const create = (duplicateOf: string | null = null): void => {
      const id = newId(row);
      target.records.set(id, { values, hash });
      if (identifier !== null) target.known.set(identifier, { id, hash, merged: false });
      tellOf('created', id, { duplicateOf });
    };
    if (issues.length > 0) {
      tellOf('failed');
      continue;
    }
    const known = identifier === null ? undefined : target.known.get(identifier);
    const leave = mode.skipDuplicates || mode.importMode === 'create';
    const { existing } = mode;
    const isOld = (id: string): boolean => {
      const [given, held] = [values[PHONE] ?? null, target.records.get(id)?.values[PHONE] ?? null];
      return existing?.rule === 'if_newer' && (given === null || (held !== null && given <= held));
    };
    if (known) {
      if (existing?.rule === 'fail') tellOf('failed');
      else if (known.hash === hash || leave || isOld(known.id)) tellOf('skipped', known.id);
      else change(known.id, known.merged);
      continue;
    }
    const duplicate = keys
      .map((key) => oldestByKey(target, key).get(exactKeyOf(key, values) ?? ''))
      .find((id) => id !== undefined);
    if (duplicate !== undefined && existing?.rule === 'fail') tellOf('failed', null, { duplicateOf: duplicate });
    else if (duplicate !== undefined && (leave || (mode.updateDuplicates && isOld(duplicate))))
      tellOf('skipped', duplicate, { duplicateOf: duplicate });
    else if (duplicate !== undefined && mode.updateDuplicates) change(duplicate, true, duplicate);
    else if (mode.importMode === 'update') tellOf('skipped', duplicate ?? null, { duplicateOf: duplicate ?? null });
    else create(duplicate);
  }
  return told;
}

function anyRow(random: Seeded): Row {
  const some = (from: readonly string[], often: number): string | undefined =>
    random.chance(often) ? random.pick(from) : undefined;
  const row = {
    external_id: some(['1', '2', '3', '4', '5', '6', '7'], 0.95),
    email: some(['a', 'A ', 'b', 'c', 'd', ''], 0.7),
    phone: some(['1', '2', '3', ''], 0.5),
    first: some(['x', 'y', ''], 0.6),
    last: some(['p', 'q'], 0.6),
  };
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

function anyChoices(random: Seeded): Choices {
  const detections = [undefined, ['email'], ['email', 'phone'], ['first', 'last'], ['phone', 'first', 'last']];
  const detect = random.pick(detections);
  const existing = random.pick([undefined, undefined, FAIL, IF_NEWER]);
  return {
    mode: {
      importMode: random.pick(['upsert', 'upsert', 'upsert', ...IMPORT_MODES]),
      skipDuplicates: random.chance(0.15),
      updateDuplicates: random.chance(0.75),
      ...(existing === undefined ? {} : { existing }),
    },
    ...(detect === undefined ? {} : { detect }),
    identifiedBy: random.pick(['external_id', 'external_id', 'email'] as const),
  };
}

test('a chunk ends as if its rows had come one by one', () => {
  const random = seeded(20_261_121);
  for (let round = 0; round < 6_000; round++) {
    const choices = anyChoices(random);
    const chunks = Array.from({ length: random.between(1, 3) }, (_, chunk) =>
      Array.from({ length: random.between(1, 9) }, (_x, n) =>
        person(anyRow(random), chunk * 100 + n, choices.identifiedBy, random.chance(0.05)),
      ),
    );
    const [together, apart] = [emptyTarget(), emptyTarget()];
    const [first, second] = [rulesOf(choices), rulesOf(choices)];
    for (const rows of chunks) {
      const about = { round, choices, rows: rows.map((row) => row.values) };
      assert.deepEqual(applyChunk(together, rows, first), applyOneByOne(apart, rows, second), JSON.stringify(about));
      assert.deepEqual(together, apart, JSON.stringify(about));
    }
  }
});

test('rows that come again are all skipped, whatever they did the first time', () => {
  const random = seeded(99);
  for (let round = 0; round < 2_000; round++) {
    const choices = {
      ...anyChoices(random),
      mode: { importMode: 'upsert', updateDuplicates: random.chance(0.7) },
    } as const;
    const ids = ['1', '2', '3', '4', '5', '6'].filter(() => random.chance(0.8));
    const rows = ids.map((id, n) =>
      person({ ...anyRow(random), external_id: id, email: `${id}@` }, n, choices.identifiedBy),
    );
    const target = emptyTarget();
    applyChunk(target, rows, rulesOf(choices));
    const before = structuredClone(target);
    const again = applyChunk(target, rows, rulesOf(choices));
    assert.deepEqual(
      again.map((told) => told.action),
      rows.map(() => 'skipped'),
      JSON.stringify({ round, choices, rows: rows.map((row) => row.values) }),
    );
    assert.deepEqual(target, before);
  }
});
