import type { Counters } from '../../domain/counters.ts';
import type { Draft } from '../../rows/candidate.ts';
import { applyPlainly } from './apply-plainly.ts';
import type { FailedRow } from './apply-plainly.ts';
import type { ChunkContext } from './chunk.ts';

/** Rows of a batch that cannot be taken, with what is wrong with each; nothing of the batch is. */
export class BatchRefused extends Error {
  readonly rows: readonly FailedRow[];

  constructor(rows: BatchRefused['rows']) {
    super(`${rows.length} rows are refused`);
    this.rows = rows;
  }
}

/**
 * Brings a batch of rows into a target in the caller's transaction: target rows, ledger and counters, as `commitChunk`
 * does, in one partition that is finished at once. All rows or none: throws `BatchRefused`.
 */
export async function commitBatch(context: ChunkContext, drafts: readonly Draft[]): Promise<Counters> {
  const { client, jobId, targetOrdinal } = context;
  // As in `beginFenced`: a chunk looks for a few of many records by their keys, always.
  await client.query('set local enable_seqscan = off');
  const { counters, failed } = await applyPlainly(context, drafts, (index) => index + 1, false);
  if (failed.length > 0) throw new BatchRefused(failed);
  await client.query(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base", "rows_done",
       "created", "updated", "skipped", "failed", "duplicates", "finished")
     values ($1, $2, 0, $3, 0, $3, $4, $5, $6, 0, $7, true)`,
    [jobId, targetOrdinal, drafts.length, counters.created, counters.updated, counters.skipped, counters.duplicates],
  );
  return counters;
}
