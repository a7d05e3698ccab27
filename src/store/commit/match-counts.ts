import type { Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from './chunk.ts';

/**
 * Counts the matches among a chunk's rows into `import_match_counts`, in the transaction that writes their ledger
 * records, and after these are there. Rows that matched nothing cost nothing.
 */
export async function countMatches(context: ChunkContext, outcomes: readonly Outcome[]): Promise<void> {
  const { client, jobNumber, targetOrdinal } = context;
  const matches = outcomes.filter(({ duplicateOf }) => duplicateOf !== null);
  if (matches.length === 0) return;
  await client.query({
    name: 'count_matches',
    text: `insert into "import_match_counts" as "c"
      select $1::bigint, "k"."strategy", "k"."confidence", "k"."state", count(*), sum("k"."exact")
      from "import_records" as "r" cross join lateral
        "lading_match_key"("r"."duplicate_of", "r"."matched", "r"."review_status", "r"."review_verdict") as "k"
      where "r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."row_number" = any($3::bigint[])
      group by 2, 3, 4
      order by 2, 3, 4
      on conflict ("job_number", "strategy", "confidence", "state") do update
        set "records" = "c"."records" + excluded."records",
          "confidence_sum" = "c"."confidence_sum" + excluded."confidence_sum"`,
    values: [jobNumber, targetOrdinal, matches.map(({ candidate }) => candidate.rowNumber)],
  });
}
