import type { RowCounts } from '../../store/queries/figures/certificate-counts.ts';
import { checksum } from '../../store/queries/figures/column-sums.ts';
import type { ColumnSum } from '../../store/queries/figures/column-sums.ts';

/** A column over some rows. */
export interface ColumnFigures {
  readonly count: number;
  readonly nulls: number;
  /** The same for the same values in any order, in hex. */
  readonly checksum: string;
}

/** What was mapped from the source and what the target holds of it, of one column. */
export interface CertifiedColumn {
  readonly column: string;
  readonly source: ColumnFigures;
  readonly target: ColumnFigures;
  readonly equal: boolean;
}

/** What became of the records that a job wrote of one type; each is counted once. */
export interface CertifiedRecords {
  /** Hold exactly what was written. */
  readonly intact: number;
  /** Were written again by a later row or a later job, or rolled back, which answers for what they hold now: no column counts them. */
  readonly superseded: number;
  /** Hold something else or are gone because a person changed or removed them since, which is on record. */
  readonly edited: number;
  /** Hold something else, and nobody is on record for it. */
  readonly altered: number;
  /** Are gone, and nobody is on record for it. */
  readonly missing: number;
  /** Of those edited, altered or missing, the ones whose columns were not compared: the source does not give them again as they were. */
  readonly uncompared: number;
}

export interface CertifiedType {
  readonly type: string;
  readonly rows: RowCounts;
  readonly records: CertifiedRecords;
  readonly columns: readonly CertifiedColumn[];
  /** Why columns were not compared where the source is at fault; null when it is not. */
  readonly sourceProblem: string | null;
  readonly balanced: boolean;
}

/** Whether every row of the source is accounted for, and the target holds everything the job mapped that no later job replaced. */
export interface Certificate {
  readonly jobId: string;
  readonly issuedAt: Date;
  readonly types: readonly CertifiedType[];
  readonly balanced: boolean;
}

/** Holds the sums of a column's two sides against each other. */
export function certifyColumn(column: string, source: ColumnSum, target: ColumnSum): CertifiedColumn {
  const equal = source.count === target.count && source.nulls === target.nulls && source.sum === target.sum;
  return { column, source: figures(source), target: figures(target), equal };
}

function figures(sum: ColumnSum): ColumnFigures {
  return { count: sum.count, nulls: sum.nulls, checksum: checksum(sum) };
}

/** Whether rows add up: those the source gave are those with an outcome and those without, by ledger and checkpoints. */
export function addsUp({ source, ledger, checkpoints, unprocessed }: RowCounts): boolean {
  if (source === null || unprocessed === null) return false;
  const { created, updated, skipped, failed } = ledger;
  return (
    source === created + updated + skipped + failed + unprocessed &&
    created === checkpoints.created &&
    updated === checkpoints.updated &&
    skipped === checkpoints.skipped &&
    failed === checkpoints.failed
  );
}
