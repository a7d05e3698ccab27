import { shorten } from '../../rows/shorten.ts';
import type { Candidate } from '../../rows/candidate.ts';
import { affectedRecords, decide } from '../../rows/decide.ts';
import type { DecisionRules, Decisions, Findings, Outcome } from '../../rows/decide.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { existingRule, keepsRecords } from '../../rows/existing-records.ts';
import { exactKeys } from '../../rows/exact-keys.ts';
import type { ExactKey } from '../../rows/exact-keys.ts';
import type { ChunkContext } from './chunk.ts';
import { findAndHold, findByIdentifier, findByKeys, holdRecords } from './probe.ts';
import { isOwn, isSourceIdentifier } from '../../domain/target.ts';
import type { OwnSpec } from '../../domain/target.ts';
import { withoutReferred } from '../own/missing-referred.ts';
import { RowsRefused } from '../own/rows-refused.ts';
import { insertOwnRecords, updateOwnRecords } from '../own/write-records.ts';
import { findLikeness, writeGroups } from './likeness.ts';
import type { RowKeys } from './likeness.ts';
import { issueOfDatabaseError, isDataError, isIdentityTaken } from './database-error.ts';
import { driftOf } from '../plans/drift.ts';
import { mirrorRecords } from '../plans/mirror.ts';
import { newRecordId } from './record-id.ts';
import { insertRecords, TargetMoved, updateRecords, writeAliases } from './write-target.ts';

/** Decides what becomes of rows, in order, and writes it. */
export type WriteRows = (
  context: ChunkContext,
  candidates: readonly Candidate[],
  expectNew: boolean,
) => Promise<readonly Outcome[]>;

/** How often a set of rows is decided anew when somebody else changes the target under it. */
const MAX_DECISIONS = 8;

export interface Applied {
  readonly outcomes: readonly Outcome[];
  /** Rows met records they were not expected to meet: from now on they must be looked for first. */
  readonly surprised: boolean;
}

/**
 * Applies rows to the target inside the caller's transaction and says what became of each, in order. Rows the database
 * refuses are found by halving the set until they stand alone; they become failed rows with an issue, the rest goes in.
 * Errors that are not the data's fault are thrown, and nothing of these rows is written.
 *
 * `expectNew` skips the search for existing records: a unique violation then says that it was wrong, and the rows are
 * looked for after all. `write` decides; see `decideRows` and `approveRows`.
 */
export async function applyRows(
  context: ChunkContext,
  given: readonly Candidate[],
  expectNew: boolean,
  write: WriteRows = decideRows(),
): Promise<Applied> {
  const { client, spec, states, written = [] } = context;
  const met = states?.known ?? 0;
  const wrote = written.length;
  let candidates = given;
  let surprised = false;
  for (let decisions = 1; ; decisions++) {
    await client.query('savepoint "rows"');
    try {
      const outcomes = await write(context, candidates, expectNew && !surprised);
      await client.query('release savepoint "rows"');
      return { outcomes, surprised };
    } catch (error) {
      await client.query('rollback to savepoint "rows"');
      states?.backTo(met);
      written.length = wrote;
      const refused = isOwn(spec) ? await refusedRows(context, spec, candidates, error) : null;
      if (refused && refused.size > 0) {
        candidates = candidates.map((row) => withIssueOf(row, refused));
        decisions--;
        continue;
      }
      const moved = error instanceof TargetMoved || isIdentityTaken(error, spec);
      if (moved) surprised = true;
      if (moved && decisions < MAX_DECISIONS) continue;
      if (!isDataError(error, spec)) throw error;
      return { outcomes: await isolate(context, candidates, error, write), surprised };
    }
  }
}

/** The rows that are known by an error not to fit into an own table: they fail, and the rest is decided anew. */
async function refusedRows(
  context: ChunkContext,
  spec: OwnSpec,
  candidates: readonly Candidate[],
  error: unknown,
): Promise<RowsRefused['issues']> {
  return error instanceof RowsRefused ? error.issues : withoutReferred(context, spec, candidates, error);
}

function withIssueOf(row: Candidate, issues: RowsRefused['issues']): Candidate {
  const issue = issues.get(row);
  return issue ? row.withIssue(issue) : row;
}

async function isolate(
  context: ChunkContext,
  candidates: readonly Candidate[],
  error: unknown,
  write: WriteRows,
): Promise<Outcome[]> {
  const [only] = candidates;
  if (candidates.length === 1 && only) return [refused(context, only, error)];
  const middle = Math.ceil(candidates.length / 2);
  const first = await applyRows(context, candidates.slice(0, middle), false, write);
  const second = await applyRows(context, candidates.slice(middle), false, write);
  return [...first.outcomes, ...second.outcomes];
}

function refused(context: ChunkContext, row: Candidate, error: unknown): Outcome {
  const found = issueOfDatabaseError(error, context.spec);
  const index = context.spec.fields.findIndex((field) => field.name === found.field);
  const value = row.values[index] ?? null;
  const issue = { ...found, value: value === null ? null : shorten(value) };
  return {
    candidate: row.withIssue(issue),
    action: 'failed',
    targetId: null,
    duplicateOf: null,
    matched: null,
    before: null,
    afterHash: null,
    recordedByUpdate: false,
    review: null,
  };
}

/** Decides by what the target holds; `rowKeys` are those of a job that matches by likeness. */
export function decideRows(rowKeys?: RowKeys): WriteRows {
  return (context, candidates, expectNew) => writeRows(context, candidates, expectNew, rowKeys);
}

async function writeRows(
  context: ChunkContext,
  candidates: readonly Candidate[],
  expectNew: boolean,
  rowKeys: RowKeys | undefined,
): Promise<readonly Outcome[]> {
  const { mode, spec, mirrored, states } = context;
  const detection = mode.duplicateDetection;
  const keys = detection.enabled && !rowKeys ? exactKeys(spec, detection.primaryFields) : [];
  const rules = rulesOf(context, keys);
  let outcomes: readonly Outcome[] = [];
  while (outcomes.length < candidates.length) {
    const rows = outcomes.length === 0 ? candidates : candidates.slice(outcomes.length);
    const identifiers = expectNew ? [] : [...new Set(rows.flatMap((row) => row.identifier ?? []))];
    if (mirrored) await mirrorRecords(context, mirrored.spec, { rows, identifiers, keys, rowKeys });
    const atOnce = mergesAll(context) ? await findAndHold(context, identifiers) : null;
    const byIdentifier =
      atOnce?.byIdentifier ?? (await findByIdentifier(context, spec, context.identifierField, identifiers));
    const isStranger = ({ identifier }: Candidate): boolean => identifier === null || !byIdentifier.has(identifier);
    const byKey = keys.length === 0 ? [] : await findByKeys(context, keys, rows.filter(isStranger));
    const likeness = rowKeys && (await findLikeness(context, rows.filter(isStranger), rowKeys));
    const found = { byIdentifier, byKey, ...(likeness ? { likeness } : {}) };
    await states?.meet(context, metIn(found));
    const affected = affectedRecords(rows, found, rules);
    const contents = atOnce?.contents ?? (await holdRecords(context, affected));
    if (contents.size < affected.length) throw new TargetMoved('records are gone that rows were to be merged into');

    const decisions = decide(rows, { ...found, contents }, rules);
    states?.settle(decisions.outcomes);
    const written = await writeDecisions(context, decisions);
    outcomes = outcomes.length === 0 ? written : [...outcomes, ...written];
  }
  await checkConstraints(context);
  return outcomes;
}

/** Whether every record that is found will be merged into, whatever else there is to know. */
function mergesAll({ spec, mode, states, byLikeness }: ChunkContext): boolean {
  return isDirectory(spec) && !states && byLikeness !== true && !mode.duplicateDetection.enabled && !keepsRecords(mode);
}

async function writeRecords(context: ChunkContext, decisions: Decisions): Promise<readonly Outcome[]> {
  const { spec } = context;
  const { inserts, updates, outcomes } = decisions;
  if (!isOwn(spec)) {
    // Two that bring in the same records in two orders would wait for each other.
    await insertRecords(context, isDirectory(spec) ? inserts.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : inserts);
    await updateRecords(context, updates);
    return outcomes;
  }
  const made = await insertOwnRecords(context, spec, inserts);
  const changed = await updateOwnRecords(context, spec, updates);
  return withStoredHashes(outcomes, new Map([...made, ...changed]));
}

/** Says of the last row of each record that was written what the record holds now, where that is not the row itself. */
function withStoredHashes(outcomes: readonly Outcome[], stored: Map<string, string>): Outcome[] {
  return outcomes
    .toReversed()
    .map((outcome) => {
      const { action, targetId, candidate } = outcome;
      const hash = stored.get(targetId ?? '');
      if (hash === undefined || (action !== 'created' && action !== 'updated')) return outcome;
      stored.delete(targetId ?? '');
      return { ...outcome, afterHash: hash === candidate.hash ? null : hash };
    })
    .toReversed();
}

/** How rows of a job are decided. */
export function rulesOf(context: ChunkContext, keys: readonly ExactKey[]): DecisionRules {
  const { mode, spec, identifierField, planned, states } = context;
  return {
    mode,
    keys,
    existing: existingRule(mode, spec),
    identity: spec.identity.map((name) => spec.fields.findIndex((field) => field.name === name)),
    identifierInTarget: isSourceIdentifier(spec, identifierField),
    adds: isDirectory(spec),
    newId: ({ rowNumber, identifier }) =>
      planned?.outcomes.get(rowNumber)?.targetId ?? (isDirectory(spec) ? identifier : null) ?? newRecordId(),
    ...(planned && states ? { drift: ({ rowNumber }, would) => driftOf(planned, states, rowNumber, would) } : {}),
  };
}

/** Writes what was decided, but for the ledger records that say no more than the outcomes, which it gives back. */
export async function writeDecisions(context: ChunkContext, decisions: Decisions): Promise<readonly Outcome[]> {
  const { inserts, updates, groups, aliases } = decisions;
  const outcomes = await writeRecords(context, decisions);
  await writeGroups(context, groups);
  await writeAliases(context, aliases);
  for (const { id, owner, contents } of inserts) context.written?.push({ id, row: owner, values: contents.values });
  for (const { id, first, contents } of updates) context.written?.push({ id, row: first, values: contents.values });
  return outcomes;
}

/** Whatever an own table checks only at the end of a transaction it checks now, while rows can still be told apart. */
export async function checkConstraints({ client, spec }: ChunkContext): Promise<void> {
  if (isOwn(spec)) await client.query('set constraints all immediate');
}

/** The records that rows meet, also those they look like. */
function metIn({ byIdentifier, byKey, likeness }: Omit<Findings, 'contents'>): string[] {
  return [
    ...[...byIdentifier.values()].map(({ id }) => id),
    ...byKey.flatMap((held) => [...held.values()]),
    ...[...(likeness?.values() ?? [])].flatMap(({ targetId }) => targetId ?? []),
  ];
}
