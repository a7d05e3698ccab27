import type { PoolClient } from 'pg';
import type { MatchModel, MatchPlan } from '../../rows/match/model.ts';
import type { MatchIndex } from './match-index.ts';
import type { MatchClaim } from './match-step.ts';

/** The model a match pass judges by: the same answers come out of it for ever. */
export async function modelOf(client: PoolClient, { jobId, targetOrdinal }: MatchClaim): Promise<MatchModel> {
  const { rows } = await client.query<{ model: MatchModel | null }>(
    `select "model" from "import_matchings" where "job_id" = $1 and "target_ordinal" = $2`,
    [jobId, targetOrdinal],
  );
  const model = rows[0]?.model;
  if (!model) throw new Error(`the match pass of the job ${jobId} has lost its model`);
  return model;
}

/** The model by which the import plan of a number judged; null where it did not come to that, or is gone. */
export async function modelOfPlan(
  client: PoolClient,
  planNumber: number,
  targetOrdinal: number,
): Promise<MatchModel | null> {
  const { rows } = await client.query<{ model: MatchModel | null }>(
    `select "m"."model" from "import_matchings" as "m" join "import_jobs" as "j" on "j"."id" = "m"."job_id"
     where "j"."number" = $1 and "m"."target_ordinal" = $2`,
    [planNumber, targetOrdinal],
  );
  return rows[0]?.model ?? null;
}

/** Keeps the model of a match pass with its job, and the index it compares with; none for a target that is empty. */
export async function keepModel(
  client: PoolClient,
  { jobId, targetOrdinal }: MatchClaim,
  model: MatchModel,
  indexId: number | null,
): Promise<void> {
  await client.query(
    `update "import_matchings" set "model" = $3, "index_id" = $4, "began_at" = clock_timestamp()
     where "job_id" = $1 and "target_ordinal" = $2`,
    [jobId, targetOrdinal, JSON.stringify(model), indexId],
  );
}

/** The same where the model is that of an index; false, and nothing is kept, when that has been changed since it was read. */
export async function keepModelOf(
  client: PoolClient,
  { jobId, targetOrdinal }: MatchClaim,
  { id, version }: Pick<MatchIndex, 'id' | 'version'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update "import_matchings" as "m" set "model" = "i"."model", "index_id" = "i"."id", "began_at" = clock_timestamp()
     from "import_match_indexes" as "i"
     where "m"."job_id" = $1 and "m"."target_ordinal" = $2 and "i"."id" = $3 and "i"."xmin"::text = $4`,
    [jobId, targetOrdinal, id, version],
  );
  return rowCount === 1;
}

/** The index a match pass has compared with, and the plan of its keys; null where the target was empty. */
export async function usedIndex(
  client: PoolClient,
  { jobId, targetOrdinal }: Pick<MatchClaim, 'jobId' | 'targetOrdinal'>,
): Promise<{ readonly id: number; readonly plan: MatchPlan } | null> {
  const { rows } = await client.query<{ id: number; plan: MatchPlan }>(
    `select "i"."id", "i"."model" - 'weights' as "plan" from "import_matchings" as "m"
     join "import_match_indexes" as "i" on "i"."id" = "m"."index_id"
     where "m"."job_id" = $1 and "m"."target_ordinal" = $2`,
    [jobId, targetOrdinal],
  );
  return rows[0] ?? null;
}
