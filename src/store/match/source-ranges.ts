import type { Pool } from 'pg';
import type { PartitionClaim } from '../commit/partition-claim.ts';
import type { MatchClaim } from './match-step.ts';

/** A range of a source, to be read without a claim on it. */
export type SourceRange = Pick<
  PartitionClaim,
  'jobNumber' | 'targetOrdinal' | 'rangeAfter' | 'rangeUpTo' | 'rowBase' | 'position' | 'rowsDone' | 'listed'
> & { readonly ordinal: number; readonly plannedRows: number };

interface RangeRow {
  readonly ordinal: number;
  readonly range_after: string[] | null;
  readonly range_up_to: string[] | null;
  readonly row_base: string;
  readonly listed: boolean;
  readonly planned_rows: string;
}

/** The ranges of a job's target in the order of the source, each from its beginning. */
export async function sourceRanges(
  pool: Pool,
  { jobId, jobNumber, targetOrdinal }: MatchClaim,
): Promise<SourceRange[]> {
  const { rows } = await pool.query<RangeRow>(
    `select "ordinal", "range_after", "range_up_to", "row_base", "listed", "planned_rows" from "import_partitions"
     where "job_id" = $1 and "target_ordinal" = $2 order by "ordinal"`,
    [jobId, targetOrdinal],
  );
  return rows.map((row) => ({
    jobNumber,
    targetOrdinal,
    ordinal: row.ordinal,
    listed: row.listed,
    plannedRows: Number(row.planned_rows),
    rangeAfter: row.range_after,
    rangeUpTo: row.range_up_to,
    rowBase: Number(row.row_base),
    position: null,
    rowsDone: 0,
  }));
}
