import type { EntityManager } from '@mikro-orm/postgresql';
import { IN_SCOPE, scopeValues } from './figure-scope.ts';
import type { FigureScope } from './figure-scope.ts';

/**
 * What is known of a record as to duplicates. The import claims one where it names `duplicate_of`: it merged or skipped
 * the row as another's, or held it for a person. Reviewers judge claims; what they say is in the ledger.
 *
 * - `unreviewed`: claimed, and nobody was asked; `pending`: claimed, and held until somebody decides.
 * - `duplicate`: claimed, and a reviewer agreed (`review_status` approved): a true positive.
 * - `distinct`: claimed, and a reviewer disagreed (rejected): a false positive. So is a row that a reviewer let in as a
 *   record of its own: its `review_status` is approved, for the row was let in, but its `review_verdict` is `distinct`.
 *   The verdict, where there is one, says what the reviewer thinks of the claim; the status alone says it otherwise.
 *   Without a claim (strategy '') `distinct` means that a reviewer agreed with there being none.
 * - `missed`: not claimed, but a reviewer gave the verdict `duplicate`: a false negative.
 *
 * `lading_match_key` in the database says which one a record is in.
 */
export const MATCH_STATES = ['unreviewed', 'pending', 'duplicate', 'distinct', 'missed'] as const;
export type MatchState = (typeof MATCH_STATES)[number];

/** Records of one strategy, ten percent of confidence and state. */
export interface MatchCount {
  /** Empty for records that the import claimed nothing of. */
  readonly strategy: string;
  /** From 0 (below 10 %) to 9 (90 to 100 %). */
  readonly decade: number;
  readonly state: MatchState;
  readonly records: number;
  /** Of the confidences, 0 to 100 each. */
  readonly confidenceSum: number;
}

export interface MatchScope extends FigureScope {
  readonly strategy?: string | undefined;
  /** Whole percent. */
  readonly confidenceMin?: number | undefined;
}

/** How many matches the jobs of a scope found, from the counts that are kept with the ledger. */
export async function matchCounts(
  em: EntityManager,
  { strategy, confidenceMin, ...scope }: MatchScope,
): Promise<readonly MatchCount[]> {
  // What a job was to look for says of its records which strategy claimed nothing of them.
  const ofStrategy =
    strategy === undefined
      ? ''
      : `and case when "c"."strategy" = '' then "j"."match_strategy" else "c"."strategy" end = ?`;
  const rows: { strategy: string; decade: number; state: MatchState; records: string; sum: string }[] =
    await em.execute(
      `select "c"."strategy", least("c"."confidence" / 10, 9) as "decade", "c"."state", sum("c"."records") as "records",
         sum("c"."confidence_sum") as "sum"
       from "import_jobs" as "j" join "import_match_counts" as "c" on "c"."job_number" = "j"."number"
       where ${IN_SCOPE} and "c"."confidence" >= ? ${ofStrategy}
       group by 1, 2, 3`,
      [...scopeValues(scope), confidenceMin ?? 0, ...(strategy === undefined ? [] : [strategy])],
    );
  return rows.map((row) => ({ ...row, records: Number(row.records), confidenceSum: Number(row.sum) }));
}
