import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordAction } from '../../../domain/record.ts';
import { RECORD_ACTIONS } from '../../../domain/record.ts';

/** The rows of one type of a job: what its source gave and what became of them, each counted where it lies. */
export interface RowCounts {
  /** Rows the source gave, and of what is not finished those it was planned to give; null when nobody counted them. */
  readonly source: number | null;
  /** Records of the ledger, by their outcome. */
  readonly ledger: Readonly<Record<RecordAction, number>>;
  /** What the checkpoints say of the same. */
  readonly checkpoints: Readonly<Record<RecordAction, number>>;
  /** Rows of partitions that are not finished and have no outcome; null when nobody counted them. */
  readonly unprocessed: number | null;
}

type Counted = Readonly<Record<RecordAction, string>>;

/** Counts the rows of one type of a job. */
export async function countRows(
  em: EntityManager,
  job: { readonly id: string; readonly number: number },
  targetOrdinal: number,
): Promise<RowCounts> {
  const [partitions]: (Counted & { partitions: string; source: string; left: string })[] = await em.execute(
    `select count(*) as "partitions",
       coalesce(sum(case when "finished" then "rows_done" else greatest("planned_rows", "rows_done") end), 0) as "source",
       coalesce(sum(greatest("planned_rows" - "rows_done", 0)) filter (where not "finished"), 0) as "left",
       ${RECORD_ACTIONS.map((action) => `coalesce(sum("${action}"), 0) as "${action}"`).join(', ')}
     from "import_partitions" where "job_id" = ? and "target_ordinal" = ?`,
    [job.id, targetOrdinal],
  );
  const [ledger]: Counted[] = await em.execute(
    `select ${RECORD_ACTIONS.map((action) => `count(*) filter (where "action" = '${action}') as "${action}"`).join(', ')}
     from "import_records" where "job_number" = ? and "target_ordinal" = ?`,
    [job.number, targetOrdinal],
  );
  if (!partitions || !ledger) throw new Error('an aggregate gave no row');
  const planned = Number(partitions.partitions) > 0;
  return {
    source: planned ? Number(partitions.source) : null,
    ledger: numbers(ledger),
    checkpoints: numbers(partitions),
    unprocessed: planned ? Number(partitions.left) : null,
  };
}

function numbers(counted: Counted): Record<RecordAction, number> {
  return {
    created: Number(counted.created),
    updated: Number(counted.updated),
    skipped: Number(counted.skipped),
    failed: Number(counted.failed),
  };
}
