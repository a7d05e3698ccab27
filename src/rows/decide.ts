import type { ModeConfig } from '../domain/job.ts';
import type { RecordAction, RowIssue } from '../domain/record.ts';
import { isImported, isRejected } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { changesByMatch, keepsRecords } from './existing-records.ts';
import type { ExistingRule } from './existing-records.ts';
import { afterHashOf, merged, withoutEmptied } from './row-contents.ts';
import type { Contents, MergeRules } from './row-contents.ts';
import type { ExactKey } from './exact-keys.ts';
import { keyHolders } from './key-holders.ts';
import { exactMatch, likeTo } from './likeness.ts';
import type { Duplicate, Likeness, Matched, MatchedText } from './likeness.ts';

export type { Matched } from './likeness.ts';

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
  /** For each exact key, in their order: the oldest record by its normalised text. */
  readonly byKey: readonly ReadonlyMap<string, string>[];
  /** What the match pass found of rows, by their numbers; none but for matching by likeness. */
  readonly likeness?: ReadonlyMap<number, Likeness>;
  /** Oldest first: every record that `affectedRecords` names, held against changes by others. */
  readonly contents: ReadonlyMap<string, Contents>;
}

/** A record to be made; its contents are what later rows of the chunk leave of those of its owner. */
export interface Insert {
  readonly id: string;
  readonly owner: Candidate;
  contents: Contents;
}

/** A record to be changed; the before-image of `first` is what the target holds when it happens. */
export interface Update {
  readonly id: string;
  readonly first: Candidate;
  readonly duplicateOf: string | null;
  readonly matched: Matched | MatchedText | null;
  /** As in the outcome of `first`. */
  readonly afterHash: string | null;
  contents: Contents;
}

/** From now on a source row is known as this record. */
export interface Alias {
  readonly identifier: string;
  readonly targetId: string;
  readonly hash: string;
  /** The row was known as a record before; when not, it must not have become known to anybody since. */
  readonly known: boolean;
}

/** What became of one row, for the ledger. */
export interface Outcome {
  readonly candidate: Candidate;
  readonly action: RecordAction;
  readonly targetId: string | null;
  readonly duplicateOf: string | null;
  readonly matched: Matched | MatchedText | null;
  /** What an earlier row of the same chunk had put there; null unless this row overwrote it. */
  readonly before: Contents | null;
  /** Hash of the record after this row where that is not the row's own. */
  readonly afterHash: string | null;
  /** The ledger record is written by the statement that updates the target, which alone sees the before-image. */
  readonly recordedByUpdate: boolean;
  /** A person has to say whether it is the duplicate it looks like; until then nothing is written. */
  readonly review: 'pending' | null;
}

export interface Decisions {
  readonly inserts: readonly Insert[];
  readonly updates: readonly Update[];
  readonly aliases: readonly Alias[];
  /** Groups of like rows that have become records. */
  readonly groups: ReadonlyMap<string, string>;
  /** Of the first rows, in their order. Fewer than all when the next one must be looked up after these are written. */
  readonly outcomes: readonly Outcome[];
}

export interface DecisionRules extends MergeRules {
  readonly mode: ModeConfig;
  readonly keys: readonly ExactKey[];
  /** What is demanded of a row that meets its record; absent: nothing. */
  readonly existing?: ExistingRule | null;
  /** The identifier lies in the target's own `external_id`; otherwise every record needs an alias to be found again. */
  readonly identifierInTarget: boolean;
  /** The id of the record that a row is to make. */
  readonly newId: (candidate: Candidate) => string;
  /** Why what would become of a row is not what was planned: it is held then. Absent where nothing was planned. */
  readonly drift?: (candidate: Candidate, would: WouldBe) => RowIssue | null;
}

/** What would become of a row; a record that is to be made has no id yet. */
export type WouldBe = Pick<Outcome, 'action' | 'targetId' | 'duplicateOf'>;

/** The records whose contents `decide` has to see: those that rows may be merged into, or that may lose a key. */
export function affectedRecords(
  candidates: readonly Candidate[],
  found: Omit<Findings, 'contents'>,
  { mode, keys }: Pick<DecisionRules, 'mode' | 'keys'>,
): string[] {
  const { likeness } = found;
  if (keepsRecords(mode) || (found.byIdentifier.size === 0 && keys.length === 0 && !likeness)) return [];
  const ids = new Set<string>();
  for (const { identifier, hash, rowNumber } of candidates) {
    const record = identifier === null ? undefined : found.byIdentifier.get(identifier);
    const isRead = record !== undefined && (record.merged || keys.length > 0 || mode.existing?.rule === 'if_newer');
    if (isRead && record.hash !== hash) ids.add(record.id);
    const like = record || !mode.updateDuplicates ? undefined : likeness?.get(rowNumber);
    if (like && !like.review && like.targetId !== null) ids.add(like.targetId);
  }
  for (const holders of found.byKey) for (const id of holders.values()) ids.add(id);
  return [...ids];
}

/**
 * Decides what becomes of the rows of a chunk, in their order, as if each were written before the next is looked at:
 * a row that repeats an identifier or a key meets the record that the earlier row makes. Pure; nothing is written.
 */
export function decide(candidates: readonly Candidate[], found: Findings, rules: DecisionRules): Decisions {
  const { mode, keys } = rules;
  /** What rows before have become; all others are known as they were found. */
  const known = new Map<string, KnownRecord>();
  const ages = new Map([...found.contents.keys()].map((id, index) => [id, index]));
  const age = (id: string): number => ages.get(id) ?? -1;
  const holders = keyHolders(keys, found.byKey, (id, other) => age(id) < age(other));
  const writes = new Map<string, Insert | Update>();
  const inserts: Insert[] = [];
  const updates: Update[] = [];
  const aliases = new Map<string, Alias>();
  const outcomes: Outcome[] = [];
  const groups = new Map<string, string>();

  const outcome = (
    candidate: Candidate,
    action: RecordAction,
    targetId: string | null,
    duplicate: Duplicate | null = null,
    before: Contents | null = null,
    afterHash: string | null = null,
    recordedByUpdate = false,
  ): void => {
    const duplicateOf = duplicate?.id ?? null;
    const matched = duplicate?.matched ?? null;
    const review = duplicate?.review === true ? 'pending' : null;
    outcomes.push({ candidate, action, targetId, duplicateOf, matched, before, afterHash, recordedByUpdate, review });
  };

  /** Whether the row is held, because this is not what was planned for it: nothing of it is written. */
  const isHeld = (
    candidate: Candidate,
    action: RecordAction,
    targetId: string | null,
    duplicate: Duplicate | null,
  ): boolean => {
    const issue = rules.drift?.(candidate, { action, targetId, duplicateOf: duplicate?.id ?? null });
    if (!issue) return false;
    outcome(candidate.withIssue(issue), 'skipped', targetId);
    return true;
  };

  const skip = (candidate: Candidate, id: string | null, duplicate: Duplicate | null = null): void => {
    if (!isHeld(candidate, 'skipped', id, duplicate)) outcome(candidate, 'skipped', id, duplicate);
  };

  /** Fails a row because its record is there, where that is demanded. */
  const refused = (candidate: Candidate, id: string, duplicate: Duplicate | null = null): boolean => {
    const issue = rules.existing?.refusal?.(candidate);
    if (!issue) return false;
    if (!isHeld(candidate, 'failed', id, duplicate)) outcome(candidate.withIssue(issue), 'failed', null, duplicate);
    return true;
  };

  const isOld = (candidate: Candidate, id: string): boolean => {
    const contents = writes.get(id)?.contents ?? found.contents.get(id);
    return rules.existing?.refusal === null && contents !== undefined && !rules.existing.isNewer(candidate, contents);
  };

  const learn = ({ identifier, hash }: Candidate, id: string, merged: boolean): void => {
    if (identifier === null) return;
    known.set(identifier, { id, hash, merged: merged || rules.adds });
    if (rules.adds || (!merged && rules.identifierInTarget)) return;
    aliases.set(identifier, { identifier, targetId: id, hash, known: found.byIdentifier.has(identifier) });
  };

  const create = (candidate: Candidate, duplicate: Duplicate | null = null): void => {
    if (isHeld(candidate, 'created', null, duplicate)) return;
    const id = rules.newId(candidate);
    const contents = rules.adds ? withoutEmptied(candidate) : candidate;
    const insert: Insert = { id, owner: candidate, contents };
    writes.set(id, insert);
    inserts.push(insert);
    if (keys.length > 0) {
      ages.set(id, ages.size);
      holders.place(id, null, contents);
    }
    const like = found.likeness?.get(candidate.rowNumber);
    if (like && !like.review && like.targetId === null && !groups.has(like.group)) groups.set(like.group, id);
    learn(candidate, id, false);
    outcome(candidate, 'created', id, duplicate, null, afterHashOf(candidate, contents));
  };

  const update = (candidate: Candidate, id: string, merge: boolean, duplicate: Duplicate | null = null): void => {
    const pending = writes.get(id);
    const before = pending?.contents ?? found.contents.get(id) ?? null;
    if (merge && !before) throw new Error(`the record ${id} is to be merged into and was not looked at`);
    const contents: Contents = merge && before ? merged(candidate, before, rules) : candidate;
    const addsNothing =
      merge && before !== null && contents.values.every((value, index) => value === before.values[index]);
    if (isHeld(candidate, addsNothing ? 'skipped' : 'updated', id, duplicate)) return;
    if (addsNothing) {
      // It adds nothing to the record it belongs to, which is left as it is.
      learn(candidate, id, true);
      outcome(candidate, 'skipped', id, duplicate);
      return;
    }
    const afterHash = afterHashOf(candidate, contents);
    holders.place(id, before, contents);
    learn(candidate, id, merge);
    if (pending) {
      pending.contents = contents;
      outcome(candidate, 'updated', id, duplicate, before, afterHash);
    } else {
      const matches = { duplicateOf: duplicate?.id ?? null, matched: duplicate?.matched ?? null };
      const change: Update = { id, first: candidate, ...matches, afterHash, contents };
      writes.set(id, change);
      updates.push(change);
      outcome(candidate, 'updated', id, duplicate, null, afterHash, true);
    }
  };

  for (const candidate of candidates) {
    if (isRejected(candidate)) {
      outcome(candidate, 'failed', null);
      continue;
    }
    // Of the first nothing is of this target.
    if ((rules.adds && candidate.identifier === null) || isImported(candidate)) {
      outcome(candidate, 'skipped', null);
      continue;
    }
    const { identifier } = candidate;
    const record = identifier === null ? undefined : (known.get(identifier) ?? found.byIdentifier.get(identifier));
    if (record) {
      if (refused(candidate, record.id)) continue;
      if (record.hash === candidate.hash || keepsRecords(mode) || isOld(candidate, record.id))
        skip(candidate, record.id);
      else update(candidate, record.id, record.merged);
      continue;
    }
    const holder = holders.find(candidate);
    if (holder === 'unsure') break;
    const like = found.likeness?.get(candidate.rowNumber);
    const duplicate = holder
      ? { id: holder.id, matched: exactMatch(holder.key, candidate.values) }
      : likeTo(like, groups);
    if (duplicate) {
      if (duplicate.review === true && changesByMatch(mode)) skip(candidate, null, duplicate);
      else if (refused(candidate, duplicate.id, duplicate)) continue;
      else if (keepsRecords(mode)) skip(candidate, duplicate.id, duplicate);
      else if (mode.updateDuplicates && isOld(candidate, duplicate.id)) skip(candidate, duplicate.id, duplicate);
      else if (mode.updateDuplicates) update(candidate, duplicate.id, true, duplicate);
      else if (mode.importMode === 'update') skip(candidate, duplicate.id, duplicate);
      else create(candidate, duplicate);
    } else if (mode.importMode === 'update') {
      skip(candidate, null);
    } else {
      create(candidate);
    }
  }

  return { inserts, updates, aliases: [...aliases.values()], groups, outcomes };
}
