import type { PoolClient } from 'pg';
import type { Counters } from '../../domain/counters.ts';
import { candidate, FinalDraft } from '../../rows/candidate.ts';
import type { Candidate, Draft } from '../../rows/candidate.ts';
import { isOwn } from '../../domain/target.ts';
import { changedTable, holdOwnTable } from '../own/hold-table.ts';
import { plannedRows } from '../plans/drift.ts';
import { writePlannedRows } from '../plans/planned-rows.ts';
import { RecordStates } from '../plans/record-states.ts';
import { rehearse } from '../plans/rehearsal.ts';
import { rowKeyOf } from '../../rows/row-key.ts';
import { applyPlainly, isPlain } from './apply-plainly.ts';
import { applyRows, decideRows } from './apply-rows.ts';
import type { Applied } from './apply-rows.ts';
import { approveRows } from './approve-rows.ts';
import type { Chunk, ChunkContext } from './chunk.ts';
import { countOutcomes } from './count-outcomes.ts';
import { keepKeysOf } from '../match/record-keys.ts';
import { writeIssues, writeRecords } from './ledger.ts';
import type { RowKeys } from './likeness.ts';
import { countMatches } from './match-counts.ts';
import { beginFenced } from './partition-claim.ts';
import type { PartitionClaim } from './partition-claim.ts';
import { lockMatching } from './probe.ts';
import { resolveReferences } from './references.ts';

export interface Committed {
  readonly counters: Counters;
  /** The rows were not all new although they were expected to be: see `applyRows`. */
  readonly surprised: boolean;
}

/**
 * Commits a chunk: target rows, ledger, issues, counters and checkpoint in ONE transaction, or nothing. The claim must
 * be the partition's newest and the job running; see `beginFenced` for what is thrown otherwise. `rowsDone` is the
 * number of rows of the partition committed before.
 */
export async function commitChunk(
  shared: ChunkContext,
  claim: PartitionClaim,
  chunk: Chunk,
  progress: { readonly rowsDone: number; readonly expectNew: boolean },
): Promise<Committed> {
  const { client, spec } = shared;
  try {
    const matches = shared.mode.duplicateDetection.enabled;
    await beginFenced(client, claim, matches ? () => lockMatching(shared) : null);
    if (isOwn(spec)) await holdOwnTable(client, spec);
    const context = await contextOfChunk(shared, chunk);
    const drafts = context.planned ? chunk.drafts : await resolveReferences(context, chunk.drafts);
    const numbers = chunk.rowNumbers ? null : await rowNumbers(client, claim, progress.rowsDone, drafts.length);
    const numberOf = (index: number): number => numbers?.(index) ?? chunk.rowNumbers?.[index] ?? 0;
    if (isPlain(context)) {
      const { counters, surprised } = await applyPlainly(context, drafts, numberOf, progress.expectNew);
      await advance(client, claim, chunk, counters);
      await client.query('commit');
      return { counters, surprised };
    }
    const candidates = drafts.map((draft, index) => candidate(draft, numberOf(index)));
    const takesBack = context.dryRun && !context.mirrored;
    if (takesBack) await client.query('savepoint "dry_run"');
    const decided = context.byLikeness ? decideRows(rowKeysOf(chunk.drafts, candidates)) : undefined;
    const apply = (): Promise<Applied> =>
      context.approval
        ? approveRows(context, context.approval, candidates)
        : applyRows(context, candidates, progress.expectNew, decided);
    const { outcomes, surprised } =
      context.plans && isOwn(spec) ? await rehearse(context, candidates, apply) : await apply();
    if (takesBack) await client.query('rollback to savepoint "dry_run"');
    if (!context.dryRun) {
      await writeRecords(context, outcomes);
      if (context.plans && context.states) await writePlannedRows(context, outcomes, context.states);
      else await countMatches(context, outcomes);
    }
    await writeIssues(
      context,
      outcomes.map((outcome) => outcome.candidate).filter((row) => row.issues.length > 0),
    );
    const counters = countOutcomes(outcomes);
    if (context.keptIndex && context.written) await keepKeysOf(client, context.keptIndex, context.written);
    await advance(client, claim, chunk, counters);
    await client.query('commit');
    return { counters, surprised };
  } catch (error) {
    await abandon(client);
    throw isOwn(spec) ? changedTable(error, spec) : error;
  }
}

/** What is kept of the chunk's records: where keys follow them; of a plan, and where one is applied, also of its rows. */
async function contextOfChunk(given: ChunkContext, chunk: Chunk): Promise<ChunkContext> {
  const { planned, drafts, rowNumbers } = chunk;
  const shared = given.keptIndex && !given.dryRun ? { ...given, written: [] } : given;
  if (shared.plans) return { ...shared, states: new RecordStates() };
  if (!planned || !rowNumbers) return shared;
  return {
    ...shared,
    states: new RecordStates(),
    planned: await plannedRows(shared, drafts, rowNumbers, planned),
  };
}

/** The match pass knows rows by what the source gave: before references became ids. */
function rowKeysOf(drafts: readonly Draft[], candidates: readonly Candidate[]): RowKeys {
  return new Map(drafts.map((draft, at) => [candidates[at]?.rowNumber ?? 0, rowKeyOf(FinalDraft.of(draft))]));
}

/** Ends a failed transaction. Where even that fails the connection is dead and its transaction died with it. */
async function abandon(client: PoolClient): Promise<void> {
  await client.query('rollback').catch(() => undefined);
}

/**
 * Numbers for the next rows of a partition. They follow its base as planned; rows the source has got since then would
 * take the numbers of the next partition, so they are numbered after all planned rows of the target instead.
 */
async function rowNumbers(
  client: PoolClient,
  claim: PartitionClaim,
  rowsDone: number,
  count: number,
): Promise<(index: number) => number> {
  const planned = Math.max(0, Math.min(count, claim.plannedRows - rowsDone));
  const base = claim.rowBase + rowsDone + 1;
  if (planned === count) return (index) => base + index;
  const { rows } = await client.query<{ before: string; total: string }>(
    `with "extra" as (
       update "import_partitions" set "extra_rows" = "extra_rows" + $3
       where "job_id" = $1 and "target_ordinal" = $2 and "ordinal" = 0 returning "extra_rows" - $3 as "before"
     )
     select "before", (select sum("planned_rows") from "import_partitions"
       where "job_id" = $1 and "target_ordinal" = $2) as "total" from "extra"`,
    [claim.jobId, claim.targetOrdinal, count - planned],
  );
  const after = Number(rows[0]?.total) + Number(rows[0]?.before) + 1;
  return (index) => (index < planned ? base + index : after + index - planned);
}

async function advance(client: PoolClient, claim: PartitionClaim, chunk: Chunk, counters: Counters): Promise<void> {
  await client.query({
    name: 'advance',
    text: `with "advanced" as (
        update "import_partitions" set "position" = coalesce($2::jsonb, "position"), "rows_done" = "rows_done" + $3,
          "created" = "created" + $4, "updated" = "updated" + $5, "skipped" = "skipped" + $6,
          "failed" = "failed" + $7, "duplicates" = "duplicates" + $8,
          "finished" = $9, "progressed_at" = clock_timestamp()
        where "id" = $1
      )
      select pg_notify('lading_progress', $10)`,
    values: [
      claim.partitionId,
      chunk.position === null ? null : JSON.stringify(chunk.position),
      chunk.drafts.length,
      counters.created,
      counters.updated,
      counters.skipped,
      counters.failed,
      counters.duplicates,
      chunk.last,
      claim.jobId,
    ],
  });
}
