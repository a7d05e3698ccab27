import type { Candidate } from '../../rows/candidate.ts';
import type { Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from './chunk.ts';

/** The record that holds a row back until somebody decides. */
export interface Review {
  /** The job whose record it is. */
  readonly jobNumber: number;
  /** Of the row as it was looked at, in hex. */
  readonly hash: string | null;
  readonly duplicateOf: string | null;
  /** Somebody has decided. */
  readonly decided: boolean;
  /** Reference fields that were left empty as what they mean had not come in. */
  readonly unresolved: ReadonlySet<string>;
}

interface Row {
  readonly row_number: string;
  readonly job_number: string;
  readonly hash: string | null;
  readonly duplicate_of: string | null;
  readonly decided: boolean;
  readonly unresolved: string[] | null;
}

/** The records that a chunk's rows are approved by, by row number, held until the transaction ends. */
export async function holdReviews(
  { client, jobNumber, targetOrdinal }: ChunkContext,
  candidates: readonly Candidate[],
): Promise<Map<number, Review>> {
  const { rows } = await client.query<Row>(
    `select "r"."row_number", "r"."job_number", encode("r"."source_hash", 'hex') as "hash", "r"."duplicate_of",
       "r"."action" <> 'skipped' or coalesce("r"."review_status", 'pending') <> 'pending'
         or "r"."deleted_at" is not null as "decided",
       (select array_agg("i"."field") from "import_issues" as "i"
        where "i"."job_number" = "r"."job_number" and "i"."target_ordinal" = "r"."target_ordinal"
          and "i"."row_number" = "r"."row_number" and "i"."code" = 'reference_missing') as "unresolved"
     from "import_retry_rows" as "l" join "import_records" as "r" on "r"."job_number" = "l"."reviewed_number"
       and "r"."target_ordinal" = "l"."target_ordinal" and "r"."row_number" = "l"."row_number"
     where "l"."job_number" = $1 and "l"."target_ordinal" = $2 and "l"."row_number" = any($3::bigint[])
     order by "r"."job_number", "r"."row_number" for update of "r"`,
    [jobNumber, targetOrdinal, candidates.map(({ rowNumber }) => rowNumber)],
  );
  return new Map(
    rows.map((row) => [
      Number(row.row_number),
      {
        jobNumber: Number(row.job_number),
        hash: row.hash,
        duplicateOf: row.duplicate_of,
        decided: row.decided,
        unresolved: new Set(row.unresolved),
      },
    ]),
  );
}

/**
 * Says of the rows that are in the target now that they were approved. A verdict there is only on a claim: that the row
 * duplicates a record, which a reviewer confirms by having it merged, and denies by having it created.
 */
export async function closeReviews(
  { client, targetOrdinal }: ChunkContext,
  reviewerId: string | null,
  reviews: ReadonlyMap<number, Review>,
  outcomes: readonly Outcome[],
): Promise<void> {
  const closed = outcomes.flatMap(({ candidate: { rowNumber }, action, targetId }) => {
    const review = reviews.get(rowNumber);
    if (!review || targetId === null || action === 'failed') return [];
    const { duplicateOf, jobNumber } = review;
    const verdict = duplicateOf === null ? null : targetId === duplicateOf ? 'duplicate' : 'distinct';
    return [{ jobNumber, rowNumber, verdict }];
  });
  if (closed.length === 0) return;
  await client.query(
    `update "import_records" as "r" set "review_status" = 'approved', "reviewed_by_id" = $1,
       "reviewed_at" = clock_timestamp(), "review_verdict" = "c"."verdict"::import_review_verdict
     from unnest($3::bigint[], $4::bigint[], $5::text[]) as "c" ("job_number", "row_number", "verdict")
     where "r"."job_number" = "c"."job_number" and "r"."target_ordinal" = $2 and "r"."row_number" = "c"."row_number"`,
    [
      reviewerId,
      targetOrdinal,
      closed.map(({ jobNumber }) => jobNumber),
      closed.map(({ rowNumber }) => rowNumber),
      closed.map(({ verdict }) => verdict),
    ],
  );
}
