import assert from 'node:assert/strict';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import type { ModeConfig } from '../../src/domain/job.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import { candidate } from '../../src/rows/candidate.ts';
import type { Candidate } from '../../src/rows/candidate.ts';
import { affectedRecords, decide } from '../../src/rows/decide.ts';
import type { DecisionRules, Decisions, KnownRecord } from '../../src/rows/decide.ts';
import type { Contents } from '../../src/rows/row-contents.ts';
import { existingRule } from '../../src/rows/existing-records.ts';
import { exactKeyOf, exactKeys } from '../../src/rows/exact-keys.ts';
import type { ExactKey } from '../../src/rows/exact-keys.ts';

const FIELDS = ['external_id', 'email', 'phone', 'first', 'last'] as const;
type Field = (typeof FIELDS)[number];
export type Row = Readonly<Partial<Record<Field, string>>>;

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

export function person(row: Row, rowNumber: number, identifiedBy: Field = 'external_id', rejected = false): Candidate {
  const values = FIELDS.map((name) => row[name] ?? null);
  return candidate({ identifier: row[identifiedBy] ?? null, values, issues: rejected ? [FATAL] : [] }, rowNumber);
}

export interface Choices {
  readonly mode?: Partial<ModeConfig>;
  readonly detect?: readonly string[];
  readonly identifiedBy?: Field;
}

export function rulesOf({ mode, detect, identifiedBy = 'external_id' }: Choices): DecisionRules {
  let made = 0;
  const whole = {
    ...DEFAULT_MODE,
    duplicateDetection: { ...DEFAULT_MODE.duplicateDetection, enabled: detect !== undefined },
    ...mode,
  };
  return {
    mode: whole,
    existing: existingRule(whole, SPEC),
    keys: detect === undefined ? [] : exactKeys(SPEC, detect),
    identity: [0],
    identifierInTarget: identifiedBy === 'external_id',
    adds: false,
    newId: () => `new-${++made}`,
  };
}

/** Contents without what else a row has that they are of. */
const plain = ({ values, hash }: Contents): Contents => ({ values, hash });

/** A target as a chunk finds it: records oldest first, and as which of them rows are known. */
export interface Target {
  readonly records: Map<string, Contents>;
  readonly known: Map<string, KnownRecord>;
}

export const emptyTarget = (): Target => ({ records: new Map(), known: new Map() });

export function oldestByKey(target: Target, key: ExactKey): Map<string, string> {
  const oldest = new Map<string, string>();
  for (const [id, { values }] of target.records) {
    const text = exactKeyOf(key, values);
    if (text !== null && !oldest.has(text)) oldest.set(text, id);
  }
  return oldest;
}

/** Decides a chunk against a target and writes what was decided into it, looking again as often as that takes. */
export function applyChunk(target: Target, rows: readonly Candidate[], rules: DecisionRules): Told[] {
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
export interface Told {
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
