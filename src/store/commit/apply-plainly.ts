import { addCounters, NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import { isOwn } from '../../domain/target.ts';
import { candidate, FinalDraft, isRejected } from '../../rows/candidate.ts';
import type { Candidate, Draft } from '../../rows/candidate.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { applyAsNew, makesRecordsAlone } from './apply-as-new.ts';
import { applyRows } from './apply-rows.ts';
import type { ChunkContext } from './chunk.ts';
import { countOutcomes } from './count-outcomes.ts';
import { writeIssues, writeRecords, writeSettledRecords } from './ledger.ts';
import { recordIds } from './record-id.ts';
import { sameRows } from './same-rows.ts';
import { sortRows } from './sort-rows.ts';

/** What is known of so many rows is held at once; with more of them the garbage collector carries it about. */
const SLICE_ROWS = 2_500;

/** Rows that were written, and whether some were met that were not expected. */
export interface Applied {
  readonly counters: Counters;
  readonly surprised: boolean;
  /** Rows that were not taken, with what is wrong with each. */
  readonly failed: readonly FailedRow[];
}

export type FailedRow = Pick<Candidate, 'rowNumber' | 'issues'>;

/** Rows, and the number of each by its place among them. */
interface NumberedRows {
  readonly rows: readonly FinalDraft[];
  readonly numberOf: (index: number) => number;
}

/** Whether rows are looked for by what identifies them and written, with nothing else to be found out about them. */
export function isPlain(context: ChunkContext): boolean {
  const { spec, mode, dryRun, plans, planned, approval, byLikeness, keptIndex } = context;
  if (dryRun || plans === true || planned || approval || byLikeness === true || keptIndex) return false;
  return !mode.duplicateDetection.enabled && !isOwn(spec);
}

/**
 * Writes the rows of a chunk with their ledger records and issues: all at once where they are new, else a few at a time,
 * in the one transaction of the chunk. Only for contexts that are plain.
 */
export async function applyPlainly(
  context: ChunkContext,
  drafts: readonly Draft[],
  numberOf: (index: number) => number,
  expectNew: boolean,
): Promise<Applied> {
  const all = { rows: drafts.map((draft) => FinalDraft.of(draft)), numberOf };
  // Where it is a mistake to meet a record, or one that is not older, equal ones have to be judged, too.
  if (isDirectory(context.spec) && !context.mode.existing) return applySorted(context, all, expectNew);
  const made = expectNew ? await bringInAsNew(context, all) : null;
  if (made?.applied) return made.applied;
  const known = made?.known === true;
  const found = !expectNew || known ? await sameRows(context, all.rows) : null;
  if (found === null) return applyInSlices(context, all, expectNew, known);
  await skip(context, among(all, found.same), found.ids);
  const applied = await applyInSlices(context, among(all, found.others), false, known);
  return { ...applied, counters: addCounters(applied.counters, { ...NO_ROWS, skipped: found.same.length }) };
}

/** Rows of the directory: those whose records hold them already are not looked at any further. */
async function applySorted(context: ChunkContext, all: NumberedRows, expectNew: boolean): Promise<Applied> {
  const { same, fresh, repeats, others } = await sortRows(context, all.rows, expectNew);
  const made = await bringInAsNew(context, among(all, fresh));
  const skipped = made?.applied ? [...same, ...repeats] : same;
  const ids = recordIds(skipped.map((place) => all.rows[place]?.identifier ?? null));
  await skip(context, among(all, skipped), ids);
  const rest = made?.applied ? others : [...fresh, ...repeats, ...others].toSorted((a, b) => a - b);
  const applied = await applyInSlices(context, among(all, rest), expectNew, made?.known === true);
  const { counters, failed } = made?.applied ?? NOTHING;
  return {
    counters: addCounters(addCounters(counters, applied.counters), { ...NO_ROWS, skipped: skipped.length }),
    surprised: applied.surprised,
    failed: [...failed, ...applied.failed],
  };
}

const NOTHING: Applied = { counters: NO_ROWS, surprised: false, failed: [] };

function among({ rows, numberOf }: NumberedRows, places: readonly number[]): NumberedRows {
  return {
    rows: places.map((place) => rows[place] as FinalDraft),
    numberOf: (index) => numberOf(places[index] ?? 0),
  };
}

/** Null where rows cannot be brought in so; without `applied` nothing was written, `known`: because of a record. */
async function bringInAsNew(
  context: ChunkContext,
  { rows, numberOf }: NumberedRows,
): Promise<{ readonly applied?: Applied; readonly known: boolean } | null> {
  if (rows.length === 0 || !makesRecordsAlone(context)) return null;
  const asNew = await applyAsNew(context, rows, numberOf);
  if (asNew.refused) return { known: asNew.known };
  const withIssues = rows.flatMap((row, at) => (row.issues.length === 0 ? [] : [{ row, rowNumber: numberOf(at) }]));
  const told = withIssues.map(({ row: { issues }, rowNumber }) => ({ rowNumber, issues }));
  await writeIssues(context, told);
  const failed = told.filter(isRejected);
  return { applied: { counters: asNew.counters, surprised: false, failed }, known: false };
}

/** Writes down that rows were passed over, whose records have these ids. */
async function skip(context: ChunkContext, { rows, numberOf }: NumberedRows, ids: Buffer): Promise<void> {
  await writeSettledRecords(context, rows, { ids, numberOf, actionOf: () => 'skipped' });
}

async function applyInSlices(
  context: ChunkContext,
  { rows, numberOf }: NumberedRows,
  expectNew: boolean,
  known: boolean,
): Promise<Applied> {
  let surprised = known;
  let counters: Counters = NO_ROWS;
  const failed: FailedRow[] = [];
  for (let from = 0; from < rows.length; from += SLICE_ROWS) {
    const slice = rows.slice(from, from + SLICE_ROWS);
    const candidates = slice.map((draft, at) => candidate(draft, numberOf(from + at)));
    const applied = await applyRows(context, candidates, expectNew && !surprised);
    surprised ||= applied.surprised;
    await writeRecords(context, applied.outcomes);
    const written = applied.outcomes.map((outcome) => outcome.candidate);
    await writeIssues(
      context,
      written.filter(({ issues }) => issues.length > 0),
    );
    for (const { action, candidate: row } of applied.outcomes) if (action === 'failed') failed.push(row);
    counters = addCounters(counters, countOutcomes(applied.outcomes));
  }
  return { counters, surprised, failed };
}
