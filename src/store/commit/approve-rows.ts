import type { Approval } from '../../domain/review.ts';
import type { RowIssue } from '../../domain/record.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Candidate } from '../../rows/candidate.ts';
import { affectedRecords, decide } from '../../rows/decide.ts';
import type { KnownRecord, Outcome } from '../../rows/decide.ts';
import { packRow, rowHash } from '../../rows/packed-row.ts';
import { applyRows, checkConstraints, rulesOf, writeDecisions } from './apply-rows.ts';
import type { Applied, WriteRows } from './apply-rows.ts';
import type { ChunkContext } from './chunk.ts';
import { findByIdentifier, holdRecords } from './probe.ts';
import { closeReviews, holdReviews } from './reviews.ts';
import type { Review } from './reviews.ts';
import { TargetMoved } from './write-target.ts';

/**
 * Brings in rows of a chunk as a reviewer decided, each once: the record that held a row back is locked, and says in the
 * same transaction that it was approved, by whom, and whether the row was the duplicate it seemed to be. A row that is
 * not what was looked at, or that somebody else has decided on meanwhile, is left alone with an issue. Rows of the
 * chunk that nobody was asked about go in as in any retry.
 */
export async function approveRows(
  context: ChunkContext,
  approval: NonNullable<ChunkContext['approval']>,
  candidates: readonly Candidate[],
): Promise<Applied> {
  const reviews = await holdReviews(context, candidates);
  const outcomes = new Map<number, Outcome>();
  const approved: Candidate[] = [];
  const others: Candidate[] = [];
  for (const row of candidates) {
    const review = reviews.get(row.rowNumber);
    const objection = review ? objectionTo(context, row, review) : null;
    if (!review) others.push(row);
    else if (objection || isRejected(row)) outcomes.set(row.rowNumber, leftOut(row, objection));
    else approved.push(row);
  }
  const decided = await applyRows(context, approved, false, decidedBy(approval, reviews));
  const tried = others.length > 0 ? await applyRows(context, others, false) : { outcomes: [] };
  for (const outcome of [...decided.outcomes, ...tried.outcomes]) {
    const { candidate, action } = outcome;
    const refused = action === 'failed' && reviews.has(candidate.rowNumber);
    outcomes.set(candidate.rowNumber, refused ? leftOut(candidate, null) : outcome);
  }
  await closeReviews(context, approval.reviewerId, reviews, decided.outcomes);
  return { outcomes: candidates.flatMap((row) => outcomes.get(row.rowNumber) ?? []), surprised: true };
}

/** Why a row must not be written as it was decided, or null. */
function objectionTo(context: ChunkContext, row: Candidate, review: Review): RowIssue | null {
  if (review.decided)
    return issue('already_reviewed', 'Somebody else has decided on this row since it was to be approved.');
  if (isRejected(row) || row.hash === review.hash) return null;
  // What it refers to may have come in since: that is no change of the row.
  const values = row.values.map((value, index) =>
    review.unresolved.has(context.spec.fields[index]?.name ?? '') ? null : value,
  );
  if (review.unresolved.size > 0 && rowHash(packRow(values)) === review.hash) return null;
  return issue(
    'source_changed',
    'The source has changed the row since it was looked at; it still waits for a decision.',
  );
}

function issue(code: RowIssue['code'], message: string): RowIssue {
  return { field: null, code, message, value: null, fatal: true };
}

/** A row that is not written and goes on waiting: nothing was tried that could be tried again. */
function leftOut(row: Candidate, why: RowIssue | null): Outcome {
  return {
    candidate: why ? row.withIssue(why) : row,
    action: 'skipped',
    targetId: null,
    duplicateOf: null,
    matched: null,
    before: null,
    afterHash: null,
    recordedByUpdate: false,
    review: null,
  };
}

/** Writes rows as `decide` does that is told for each row which record it is, so that rows of one record add up. */
function decidedBy(approval: Approval, reviews: ReadonlyMap<number, Review>): WriteRows {
  return async (context, candidates) => {
    const identifiers = [...new Set(candidates.flatMap((row) => row.identifier ?? []))];
    const known = await findByIdentifier(context, context.spec, context.identifierField, identifiers);
    const claimed = candidates.flatMap((row) => reviews.get(row.rowNumber)?.duplicateOf ?? []);
    const claims = approval.update ? await holdRecords(context, [...new Set(claimed)].toSorted()) : new Map();
    const byIdentifier = new Map<string, KnownRecord>(known);
    const refused = new Map<number, Outcome>();
    const rows: Candidate[] = [];
    for (const row of candidates) {
      const duplicateOf = reviews.get(row.rowNumber)?.duplicateOf ?? null;
      const isKnown = row.identifier !== null && known.has(row.identifier);
      const merges = !isKnown && duplicateOf !== null && claims.has(duplicateOf);
      if (merges && row.identifier !== null)
        byIdentifier.set(row.identifier, { id: duplicateOf, hash: null, merged: true });
      if (merges || (isKnown ? approval.update : approval.create)) rows.push(row);
      else refused.set(row.rowNumber, leftOut(row, withoutTarget(isKnown)));
    }
    const { existing: _, ...asked } = context.mode;
    const mode = { ...asked, importMode: 'upsert', skipDuplicates: false, updateDuplicates: true } as const;
    const rules = rulesOf({ ...context, mode }, []);
    const affected = affectedRecords(rows, { byIdentifier, byKey: [] }, rules);
    const contents = await holdRecords(context, affected);
    if (contents.size < affected.length) throw new TargetMoved('records are gone that rows were to be merged into');
    const decisions = decide(rows, { byIdentifier, byKey: [], contents }, rules);
    const written = await writeDecisions(context, decisions);
    await checkConstraints(context);
    for (const outcome of written) refused.set(outcome.candidate.rowNumber, outcome);
    return candidates.flatMap((row) => refused.get(row.rowNumber) ?? []);
  };
}

function withoutTarget(isKnown: boolean): RowIssue {
  return isKnown
    ? issue('duplicate', 'The row is a record of the target already, and existing records were not to be updated.')
    : issue('target_missing', 'There is no record to merge the row into, and none was to be created.');
}
