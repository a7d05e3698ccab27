import type { Pool, PoolClient } from 'pg';
import { NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import { AppError } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import { JOB_LOCK_CLASS, lockKey } from '../queries/jobs/jobs.ts';
import type { StoredPosition } from '../entities/import-partition.ts';

/** A partition taken over by one attempt of its activity; a later claim makes this one's commits fail. */
export interface PartitionClaim {
  readonly partitionId: number;
  readonly jobId: string;
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  readonly fence: number;
  readonly rangeAfter: readonly string[] | null;
  readonly rangeUpTo: readonly string[] | null;
  readonly plannedRows: number;
  readonly rowBase: number;
  readonly position: StoredPosition | null;
  readonly rowsDone: number;
  readonly counters: Counters;
  readonly finished: boolean;
  /** Its rows are those on the list of a retry, not a range of the source. */
  readonly listed: boolean;
}

interface ClaimRow {
  readonly job_id: string;
  readonly number: string;
  readonly target_ordinal: number;
  readonly fence: number;
  readonly range_after: string[] | null;
  readonly range_up_to: string[] | null;
  readonly planned_rows: string;
  readonly row_base: string;
  readonly position: StoredPosition | null;
  readonly rows_done: string;
  readonly created: string;
  readonly updated: string;
  readonly skipped: string;
  readonly failed: string;
  readonly duplicates: string;
  readonly finished: boolean;
  readonly listed: boolean;
}

/**
 * Takes a partition over by raising its fence. Waits for a commit that an earlier attempt has under way, so the
 * checkpoint it returns is the last there will ever be from before. `first` starts the clock by which a source that
 * gives nothing is told from one that is slow.
 */
export async function claimPartition(pool: Pool, partitionId: number, first = false): Promise<PartitionClaim> {
  const { rows } = await pool.query<ClaimRow>(
    `update "import_partitions" as "p" set "fence" = "fence" + 1,
       "progressed_at" = case when $2 then clock_timestamp() else "progressed_at" end
     from "import_jobs" as "j"
     where "p"."id" = $1 and "j"."id" = "p"."job_id"
     returning "p".*, "j"."number"`,
    [partitionId, first],
  );
  const [row] = rows;
  if (!row) throw new AppError('not_found', `The partition ${partitionId} is gone; its job was deleted.`);
  return {
    partitionId,
    jobId: row.job_id,
    jobNumber: Number(row.number),
    targetOrdinal: row.target_ordinal,
    fence: row.fence,
    rangeAfter: row.range_after,
    rangeUpTo: row.range_up_to,
    plannedRows: Number(row.planned_rows),
    rowBase: Number(row.row_base),
    position: row.position,
    rowsDone: Number(row.rows_done),
    counters: {
      ...NO_ROWS,
      created: Number(row.created),
      updated: Number(row.updated),
      skipped: Number(row.skipped),
      failed: Number(row.failed),
      duplicates: Number(row.duplicates),
    },
    finished: row.finished,
    listed: row.listed,
  };
}

/**
 * How long a chunk waits for somebody else's lock before it is given up, to be tried again: while it waits, it keeps
 * its job from being paused or cancelled.
 */
const LOCK_TIMEOUT = '15s';

/**
 * Opens a chunk's transaction: holds the job in its status and the partition at its fence until commit. Throws
 * `stopped` when the job is not running (its status is in the details) and `superseded` when a later attempt has taken
 * the partition over. `queue` waits for its turn in the transaction before the job is held: however long that takes,
 * it keeps nobody from cancelling the job.
 */
export async function beginFenced(
  client: PoolClient,
  claim: PartitionClaim,
  queue: (() => Promise<void>) | null = null,
): Promise<void> {
  // A chunk looks for a few of many records by their keys, always; a target that has just grown has no statistics yet
  // that say so, and would be read from end to end for each chunk.
  const begin = 'begin; set local enable_seqscan = off';
  const hold = `set local lock_timeout = '${LOCK_TIMEOUT}';
    select pg_advisory_xact_lock_shared(${JOB_LOCK_CLASS}, ${lockKey(claim.jobNumber)})`;
  if (queue) {
    await client.query(begin);
    await queue();
    await client.query(hold);
  } else {
    await client.query(`${begin}; ${hold}`);
  }
  const { rows } = await client.query<{ status: JobStatus; fence: number }>({
    name: 'fence',
    text: `select "j"."status", "p"."fence"
      from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
      where "p"."id" = $1 for update of "p"`,
    values: [claim.partitionId],
  });
  const [held] = rows;
  if (!held || held.fence !== claim.fence) {
    throw new AppError('superseded', 'A later attempt has taken this partition over.');
  }
  if (held.status !== 'running') {
    throw new AppError('stopped', `The job is ${held.status}.`, { details: { status: held.status } });
  }
}
