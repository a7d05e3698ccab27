import type { ModeConfig } from '../domain/job.ts';
import type { RecordAction } from '../domain/record.ts';
import { isRejected } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { exactKeyOf } from './exact-keys.ts';
import type { ExactKey } from './exact-keys.ts';

/** A target record that a source row is known to have become. */
export interface KnownRecord {
  readonly id: string;
  /** Hash of the source row when it was last imported; null when it never was. */
  readonly hash: string | null;
  /** The record was made by another row; this one was merged into it. */
  readonly merged: boolean;
}

/** What a chunk finds in the target before it writes. */
export interface Findings {
  readonly byIdentifier: ReadonlyMap<string, KnownRecord>;
  /** For each exact key, in their order: records by its normalised text. */
  readonly byKey: readonly ReadonlyMap<string, string>[];
}

/** A record to be made; `values` already contain what later rows of the chunk change in it. */
export interface Insert {
  readonly id: string;
  readonly owner: Candidate;
  values: readonly (string | null)[];
  hash: string;
}

/** A record to be changed; the before-image of `first` is what the target holds when it happens. */
export interface Update {
  readonly id: string;
  readonly first: Candidate;
  readonly duplicateOf: string | null;
  readonly matched: Matched | null;
  /** Empty values leave what is there, and the record keeps belonging to the row that made it. */
  readonly merge: boolean;
  values: readonly (string | null)[];
  hash: string;
}

/** From now on a source row is known as this record. */
export interface Alias {
  readonly identifier: string;
  readonly targetId: string;
  readonly hash: string;
}

/** Why a row counts as a duplicate. */
export interface Matched {
  readonly strategy: 'exact';
  readonly confidence: number;
  readonly fields: Readonly<Record<string, { readonly confidence: number; readonly matchedValue: string | null }>>;
}

/** What became of one row, for the ledger. */
export interface Outcome {
  readonly candidate: Candidate;
  readonly action: RecordAction;
  readonly targetId: string | null;
  readonly duplicateOf: string | null;
  readonly matched: Matched | null;
  /** Values an earlier row of the same chunk had put there; null unless this row overwrote them. */
  readonly before: readonly (string | null)[] | null;
  /** The ledger record is written by the statement that updates the target, which alone sees the before-image. */
  readonly recordedByUpdate: boolean;
}

export interface Decisions {
  readonly inserts: readonly Insert[];
  readonly updates: readonly Update[];
  readonly aliases: readonly Alias[];
  readonly outcomes: readonly Outcome[];
}

export interface DecisionRules {
  readonly mode: ModeConfig;
  readonly keys: readonly ExactKey[];
  /** The identifier lies in the target's own `external_id`; otherwise every record needs an alias to be found again. */
  readonly identifierInTarget: boolean;
  readonly newId: () => string;
}

type Write = { insert: Insert } | { update: Update };

/**
 * Decides what becomes of the rows of a chunk, in their order, as if each were written before the next is looked at:
 * a row that repeats an identifier or a key meets the record that the earlier row makes. Pure; nothing is written.
 */
export function decide(candidates: readonly Candidate[], found: Findings, rules: DecisionRules): Decisions {
  const { mode, keys } = rules;
  const known = new Map(found.byIdentifier);
  const byKey = found.byKey.map((entries) => new Map(entries));
  const writes = new Map<string, Write>();
  const aliases = new Map<string, Alias>();
  const outcomes: Outcome[] = [];

  const outcome = (
    candidate: Candidate,
    action: RecordAction,
    targetId: string | null,
    duplicate: Duplicate | null = null,
    before: Outcome['before'] = null,
    recordedByUpdate = false,
  ): void => {
    const duplicateOf = duplicate?.id ?? null;
    const matched = duplicate?.matched ?? null;
    outcomes.push({ candidate, action, targetId, duplicateOf, matched, before, recordedByUpdate });
  };

  const learn = (candidate: Candidate, id: string, merged: boolean): void => {
    const { identifier, hash } = candidate;
    if (identifier !== null) {
      known.set(identifier, { id, hash, merged });
      if (merged || !rules.identifierInTarget) aliases.set(identifier, { identifier, targetId: id, hash });
    }
    keys.forEach((key, index) => {
      const text = exactKeyOf(key, candidate.values);
      if (text !== null) byKey[index]?.set(text, id);
    });
  };

  const create = (candidate: Candidate, duplicate: Duplicate | null = null): void => {
    const id = rules.newId();
    writes.set(id, { insert: { id, owner: candidate, values: candidate.values, hash: candidate.hash } });
    learn(candidate, id, false);
    outcome(candidate, 'created', id, duplicate);
  };

  const update = (candidate: Candidate, id: string, merge: boolean, duplicate: Duplicate | null = null): void => {
    const write = writes.get(id);
    if (write === undefined) {
      const { values, hash } = candidate;
      const duplicateOf = duplicate?.id ?? null;
      const matched = duplicate?.matched ?? null;
      writes.set(id, { update: { id, first: candidate, duplicateOf, matched, merge, values, hash } });
      outcome(candidate, 'updated', id, duplicate, null, true);
    } else {
      const pending = 'insert' in write ? write.insert : write.update;
      const before = pending.values;
      pending.values = merge
        ? candidate.values.map((value, index) => value ?? before[index] ?? null)
        : candidate.values;
      if (!merge) pending.hash = candidate.hash;
      outcome(candidate, 'updated', id, duplicate, before);
    }
    learn(candidate, id, merge);
  };

  for (const candidate of candidates) {
    if (isRejected(candidate)) {
      outcome(candidate, 'failed', null);
      continue;
    }
    const record = candidate.identifier === null ? undefined : known.get(candidate.identifier);
    if (record) {
      const same = record.hash === candidate.hash;
      if (same || mode.skipDuplicates || mode.importMode === 'create') outcome(candidate, 'skipped', record.id);
      else update(candidate, record.id, record.merged);
      continue;
    }
    const duplicate = mode.duplicateDetection.enabled ? findDuplicate(candidate, keys, byKey) : null;
    if (duplicate) {
      if (mode.skipDuplicates || mode.importMode === 'create') outcome(candidate, 'skipped', duplicate.id, duplicate);
      else if (mode.updateDuplicates) update(candidate, duplicate.id, true, duplicate);
      else if (mode.importMode === 'update') outcome(candidate, 'skipped', duplicate.id, duplicate);
      else create(candidate, duplicate);
    } else if (mode.importMode === 'update') {
      outcome(candidate, 'skipped', null);
    } else {
      create(candidate);
    }
  }

  const all = [...writes.values()];
  return {
    inserts: all.flatMap((write) => ('insert' in write ? [write.insert] : [])),
    updates: all.flatMap((write) => ('update' in write ? [write.update] : [])),
    aliases: [...aliases.values()],
    outcomes,
  };
}

interface Duplicate {
  readonly id: string;
  readonly matched: Matched;
}

function findDuplicate(
  candidate: Candidate,
  keys: readonly ExactKey[],
  byKey: readonly ReadonlyMap<string, string>[],
): Duplicate | null {
  for (const [index, key] of keys.entries()) {
    const text = exactKeyOf(key, candidate.values);
    const id = text === null ? undefined : byKey[index]?.get(text);
    if (id === undefined) continue;
    const fields = key.fields.map((field, place) => {
      const value = candidate.values[key.indexes[place] ?? -1] ?? null;
      return [field, { confidence: 100, matchedValue: value }] as const;
    });
    return { id, matched: { strategy: 'exact', confidence: 100, fields: Object.fromEntries(fields) } };
  }
  return null;
}
