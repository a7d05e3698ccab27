import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { AppError } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import { JOB_LOCK_CLASS, lockKey } from '../queries/jobs/jobs.ts';

/** What a match pass does, one after the other. */
export const MATCH_PHASES = ['stage', 'learn', 'catch_up', 'key', 'score', 'label', 'group', 'done'] as const;
export type MatchPhase = (typeof MATCH_PHASES)[number];

/** The match pass of a target of a job, taken over by one attempt of its activity. */
export interface MatchClaim {
  readonly jobId: string;
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  readonly fence: number;
}

/** How far a match pass is: its phase, and within it whatever the phase remembers. */
export interface MatchState {
  readonly phase: MatchPhase;
  readonly position: unknown;
  readonly indexId: number | null;
}

/**
 * Takes a match pass over, or begins it. What it works on does not outlive a crash of the database server; when it is
 * gone, the pass begins anew.
 */
export async function claimMatching(
  pool: Pool,
  { jobId, jobNumber, targetOrdinal }: Omit<MatchClaim, 'fence'>,
): Promise<MatchClaim> {
  const { rows } = await pool.query<{ fence: number }>(
    `insert into "import_matchings" ("job_id", "target_ordinal", "fence") values ($1, $2, 1)
     on conflict ("job_id", "target_ordinal") do update set "fence" = "import_matchings"."fence" + 1
     returning "fence"`,
    [jobId, targetOrdinal],
  );
  const claim = { jobId, jobNumber, targetOrdinal, fence: rows[0]?.fence ?? 0 };
  await inMatchStep(pool, claim, async (client, { phase }) => {
    if (phase === 'done') return;
    const { rowCount } = await client.query(
      `insert into "import_match_marks" ("job_number", "target_ordinal") values ($1, $2) on conflict do nothing`,
      [jobNumber, targetOrdinal],
    );
    if (rowCount === 1) await saveMatchState(client, claim, { phase: 'stage', position: null });
  });
  return claim;
}

/**
 * One step of a match pass, in one transaction: the job stays in its status and the claim the newest until it is over.
 * Throws `superseded` when a later attempt has taken over and `stopped` when the job does not run.
 */
export async function inMatchStep<T>(
  pool: Pool,
  claim: MatchClaim,
  step: (client: PoolClient, state: MatchState) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(
      `begin; set local lock_timeout = '15s';
       select pg_advisory_xact_lock_shared(${JOB_LOCK_CLASS}, ${lockKey(claim.jobNumber)})`,
    );
    const state = await heldState(client, claim);
    const result = await step(client, state);
    await client.query('commit');
    broken = false;
    return result;
  } catch (error) {
    // Where even this fails the connection is dead and its transaction died with it.
    await client.query('rollback').then(
      () => (broken = false),
      () => undefined,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Reads what takes long: in a transaction that holds nothing of the job, so that nobody who pauses it waits. */
export async function inReading<T>(pool: Pool, read: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin read only');
    const result = await read(client);
    await client.query('commit');
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

interface StateRow {
  readonly status: JobStatus;
  readonly fence: number;
  readonly phase: MatchPhase;
  readonly position: unknown;
  readonly index_id: number | null;
}

async function heldState(client: PoolClient, claim: MatchClaim): Promise<MatchState> {
  const { rows } = await client.query<StateRow>(
    `select "j"."status", "m"."fence", "m"."phase", "m"."position", "m"."index_id"
     from "import_matchings" as "m" join "import_jobs" as "j" on "j"."id" = "m"."job_id"
     where "m"."job_id" = $1 and "m"."target_ordinal" = $2 for update of "m"`,
    [claim.jobId, claim.targetOrdinal],
  );
  const [held] = rows;
  if (held?.fence !== claim.fence) {
    throw new AppError('superseded', 'A later attempt has taken this match pass over.');
  }
  if (held.status !== 'running') {
    throw new AppError('stopped', `The job is ${held.status}.`, { details: { status: held.status } });
  }
  return { phase: held.phase, position: held.position, indexId: held.index_id };
}

/** How far a match pass has come, in words. */
export async function placeOfMatching(
  em: EntityManager,
  { jobId, targetOrdinal }: Pick<MatchClaim, 'jobId' | 'targetOrdinal'>,
): Promise<string> {
  const [row]: { place: string }[] = await em.execute(
    `select concat_ws(' ', "phase", left("position"::text, 100)) as "place" from "import_matchings"
     where "job_id" = ? and "target_ordinal" = ?`,
    [jobId, targetOrdinal],
  );
  return `while its rows were matched (${row?.place ?? 'begun'})`;
}

/** Writes down how far a pass is, in the transaction of its step. */
export async function saveMatchState(
  client: PoolClient,
  { jobId, targetOrdinal }: MatchClaim,
  { phase, position }: Pick<MatchState, 'phase' | 'position'>,
): Promise<void> {
  await client.query(
    `update "import_matchings" set "phase" = $3, "position" = $4::jsonb where "job_id" = $1 and "target_ordinal" = $2`,
    [jobId, targetOrdinal, phase, position === null ? null : JSON.stringify(position)],
  );
}

/** Whether the match pass of a target of a job is over. */
export async function isMatched(em: EntityManager, jobId: string, targetOrdinal: number): Promise<boolean> {
  const rows: unknown[] = await em.execute(
    `select from "import_matchings" where "job_id" = ? and "target_ordinal" = ? and "phase" = 'done'`,
    [jobId, targetOrdinal],
  );
  return rows.length > 0;
}
