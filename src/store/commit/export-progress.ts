import type { PoolClient } from 'pg';
import type { ExportedFile } from '../entities/directory-job.ts';
import { beginFenced } from './partition-claim.ts';
import type { PartitionClaim } from './partition-claim.ts';

/** An export as one attempt runs it. */
export interface ExportRun {
  readonly client: PoolClient;
  readonly claim: PartitionClaim;
}

/**
 * Writes down how many rows an export has written; they are rows that were read and left as they are. Throws `stopped`
 * and `superseded` as every commit does.
 */
export async function commitExported({ client, claim }: ExportRun, rows: number): Promise<void> {
  await fenced(client, claim, () => client.query(ADVANCE, [claim.partitionId, rows, false, claim.jobId]));
}

/** The same at its end, with the file it has made: from here on the job has it. */
export async function commitExport({ client, claim }: ExportRun, file: ExportedFile): Promise<void> {
  await fenced(client, claim, async () => {
    await client.query(ADVANCE, [claim.partitionId, file.rows, true, claim.jobId]);
    await client.query(`update "directory_jobs" set "result" = $2::jsonb where "job_id" = $1`, [
      claim.jobId,
      JSON.stringify(file),
    ]);
    await client.query(`update "import_jobs" set "estimated_total" = $2 where "id" = $1`, [claim.jobId, file.rows]);
  });
}

const ADVANCE = `
  with "advanced" as (
    update "import_partitions" set "rows_done" = $2, "skipped" = $2, "finished" = $3,
      "planned_rows" = case when $3 then $2 else "planned_rows" end, "progressed_at" = clock_timestamp()
    where "id" = $1
  )
  select pg_notify('lading_progress', $4)`;

async function fenced(client: PoolClient, claim: PartitionClaim, write: () => Promise<unknown>): Promise<void> {
  try {
    await beginFenced(client, claim);
    await write();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
