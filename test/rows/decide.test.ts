import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_MODE, IMPORT_MODES } from '../../src/domain/job.ts';
import type { ModeConfig } from '../../src/domain/job.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import { candidate } from '../../src/rows/candidate.ts';
import type { Candidate } from '../../src/rows/candidate.ts';
import { copyLine, rowHash } from '../../src/rows/copy-line.ts';
import { affectedRecords, decide } from '../../src/rows/decide.ts';
import type { Contents, DecisionRules, Decisions, KnownRecord } from '../../src/rows/decide.ts';
import { exactKeyOf, exactKeys } from '../../src/rows/exact-keys.ts';
import type { ExactKey } from '../../src/rows/exact-keys.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

const FIELDS = ['external_id', 'email', 'phone', 'first', 'last'] as const;
type Field = (typeof FIELDS)[number];
type Row = Readonly<Partial<Record<Field, string>>>;

const SPEC: TargetSpec = {
  type: 'people',
  label: 'People',
  schema: 'target',
  table: 'people',
  fields: FIELDS.map((name) => ({
    name,
    column: name,
    type: 'text',
    required: false,
    identifying: !['first', 'last'].includes(name),
  })),
  identity: ['external_id'],
  anyOf: [],
  builtin: false,
};

const FATAL = { field: null, code: 'invalid_format', message: 'No.', value: null, fatal: true } as const;

function person(row: Row, rowNumber: number, identifiedBy: Field = 'external_id', rejected = false): Candidate {
  const values = FIELDS.map((name) => row[name] ?? null);
  return candidate({ identifier: row[identifiedBy] ?? null, values, issues: rejected ? [FATAL] : [] }, rowNumber);
}

interface Choices {
  readonly mode?: Partial<ModeConfig>;
  readonly detect?: readonly string[];
  readonly identifiedBy?: Field;
}

function rulesOf({ mode, detect, identifiedBy = 'external_id' }: Choices): DecisionRules {
  let made = 0;
  return {
    mode: {
      ...DEFAULT_MODE,
      duplicateDetection: { ...DEFAULT_MODE.duplicateDetection, enabled: detect !== undefined },
      ...mode,
    },
    keys: detect === undefined ? [] : exactKeys(SPEC, detect),
    identity: [0],
    identifierInTarget: identifiedBy === 'external_id',
    newId: () => `new-${++made}`,
  };
}

/** Contents without what else a row has that they are of. */
const plain = ({ values, hash }: Contents): Contents => ({ values, hash });

/** A target as a chunk finds it: records oldest first, and as which of them rows are known. */
interface Target {
  readonly records: Map<string, Contents>;
  readonly known: Map<string, KnownRecord>;
}

const emptyTarget = (): Target => ({ records: new Map(), known: new Map() });

function oldestByKey(target: Target, key: ExactKey): Map<string, string> {
  const oldest = new Map<string, string>();
  for (const [id, { values }] of target.records) {
    const text = exactKeyOf(key, values);
    if (text !== null && !oldest.has(text)) oldest.set(text, id);
  }
  return oldest;
}

/** Decides a chunk against a target and writes what was decided into it, looking again as often as that takes. */
function applyChunk(target: Target, rows: readonly Candidate[], rules: DecisionRules): Told[] {
  const told: Told[] = [];
  for (let rest = rows; rest.length > 0; rest = rest.slice(told.length - (rows.length - rest.length))) {
    const strangers = rest.filter(({ identifier }) => identifier === null || !target.known.has(identifier));
    const found = {
      byIdentifier: new Map(
        [...target.known].filter(([identifier]) => rest.some((row) => row.identifier === identifier)),
      ),
      byKey: rules.keys.map((key) => {
        const wanted = new Set(strangers.map((row) => exactKeyOf(key, row.values)));
        return new Map([...oldestByKey(target, key)].filter(([text]) => wanted.has(text)));
      }),
    };
    const affected = new Set(affectedRecords(rest, found, rules));
    const contents = new Map([...target.records].filter(([id]) => affected.has(id)));
    const decisions = decide(rest, { ...found, contents }, rules);
    assert.ok(decisions.outcomes.length > 0, 'a chunk always gets on');
    told.push(...tell(target, decisions));
    write(target, decisions, rules);
  }
  return told;
}

function write(target: Target, { inserts, updates, aliases, outcomes }: Decisions, rules: DecisionRules): void {
  for (const { id, contents } of [...inserts, ...updates]) target.records.set(id, plain(contents));
  for (const {
    candidate: { identifier, hash },
    targetId,
    action,
  } of outcomes) {
    const owns = rules.identifierInTarget && identifier !== null && targetId !== null;
    if (owns && action === 'created') target.known.set(identifier, { id: targetId, hash, merged: false });
    if (owns && action === 'updated' && target.known.get(identifier)?.merged === false) {
      target.known.set(identifier, { id: targetId, hash, merged: false });
    }
  }
  for (const { identifier, targetId, hash } of aliases) {
    const own = target.records.get(targetId)?.hash === hash;
    target.known.set(identifier, { id: targetId, hash, merged: !own });
  }
}

/** What is told of a row: its outcome with its before-image, wherever that comes from. */
interface Told {
  readonly row: number;
  readonly action: string;
  readonly target: string | null;
  readonly duplicateOf: string | null;
  readonly before: Contents | null;
  readonly afterHash: string | null;
}

function tell(target: Target, { outcomes }: Decisions): Told[] {
  return outcomes.map(
    ({ candidate: { rowNumber }, action, targetId, duplicateOf, before, afterHash, recordedByUpdate }) => ({
      row: rowNumber,
      action,
      target: targetId,
      duplicateOf,
      before: recordedByUpdate ? (target.records.get(targetId ?? '') ?? null) : before && plain(before),
      afterHash,
    }),
  );
}

/** The same by the rules of the documentation, one row at a time, in the plainest way. */
function applyOneByOne(target: Target, rows: readonly Candidate[], { mode, keys, newId }: DecisionRules): Told[] {
  const told: Told[] = [];
  for (const { identifier, hash, values, issues, rowNumber } of rows) {
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
      const afterHash = rowHash(copyLine(after));
      if (merge && copyLine(after) === copyLine(before.values)) {
        if (identifier !== null) target.known.set(identifier, { id, hash, merged: true });
        tellOf('skipped', id, { duplicateOf });
        return;
      }
      target.records.set(id, { values: after, hash: merge ? before.hash : hash });
      if (identifier !== null) target.known.set(identifier, { id, hash, merged: merge });
      tellOf('updated', id, { duplicateOf, before, afterHash: afterHash === hash ? null : afterHash });
    };
    const create = (duplicateOf: string | null = null): void => {
      const id = newId();
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
    if (known) {
      if (known.hash === hash || leave) tellOf('skipped', known.id);
      else change(known.id, known.merged);
      continue;
    }
    const duplicate = keys
      .map((key) => oldestByKey(target, key).get(exactKeyOf(key, values) ?? ''))
      .find((id) => id !== undefined);
    if (duplicate !== undefined && leave) tellOf('skipped', duplicate, { duplicateOf: duplicate });
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
  return {
    mode: {
      importMode: random.pick(['upsert', 'upsert', 'upsert', ...IMPORT_MODES]),
      skipDuplicates: random.chance(0.15),
      updateDuplicates: random.chance(0.75),
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
      const about = { round, choices, rows: rows.map((row) => row.line) };
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
      JSON.stringify({ round, choices, rows: rows.map((row) => row.line) }),
    );
    assert.deepEqual(target, before);
  }
});

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
