import { addCounters, NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import { isOwn } from '../../domain/target.ts';
import { candidate, FinalDraft } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { applyAsNew, makesRecordsAlone } from './apply-as-new.ts';
import { applyRows } from './apply-rows.ts';
import type { ChunkContext } from './chunk.ts';
import { countOutcomes } from './count-outcomes.ts';
import { writeIssues, writeRecords } from './ledger.ts';

/** What is known of so many rows is held at once; with more of them the garbage collector carries it about. */
const SLICE_ROWS = 2_500;

/** Rows that were written, and whether some were met that were not expected. */
export interface Applied {
  readonly counters: Counters;
  readonly surprised: boolean;
}

/** Whether rows are looked for by what identifies them and written, with nothing else to be found out about them. */
export function isPlain(context: ChunkContext): boolean {
  const { spec, mode, dryRun, plans, planned, approval, byLikeness, keptIndex } = context;
  if (dryRun || plans === true || planned || approval || byLikeness === true || keptIndex) return false;
  return !mode.duplicateDetection.enabled && !isOwn(spec) && !isDirectory(spec);
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
  let surprised = false;
  if (expectNew && drafts.length > 0 && makesRecordsAlone(context)) {
    const rows = drafts.map((draft) => FinalDraft.of(draft));
    const asNew = await applyAsNew(context, rows, numberOf);
    if (!asNew.refused) {
      const withIssues = rows.flatMap(({ issues }, at) =>
        issues.length === 0 ? [] : [{ rowNumber: numberOf(at), issues }],
      );
      await writeIssues(context, withIssues);
      return { counters: asNew.counters, surprised };
    }
    surprised = asNew.known;
  }
  let counters: Counters = NO_ROWS;
  for (let from = 0; from < drafts.length; from += SLICE_ROWS) {
    const slice = drafts.slice(from, from + SLICE_ROWS);
    const candidates = slice.map((draft, at) => candidate(draft, numberOf(from + at)));
    const applied = await applyRows(context, candidates, expectNew && !surprised);
    surprised ||= applied.surprised;
    await writeRecords(context, applied.outcomes);
    const written = applied.outcomes.map((outcome) => outcome.candidate);
    await writeIssues(
      context,
      written.filter(({ issues }) => issues.length > 0),
    );
    counters = addCounters(counters, countOutcomes(applied.outcomes));
  }
  return { counters, surprised };
}
