import type { EntityManager } from '@mikro-orm/postgresql';
import type { SourceCursor } from '../../../domain/schedule.ts';
import { hasEnded } from './has-ended.ts';

/**
 * Keeps how far a job will have read a type when it completes. Nothing is read before this is kept, so of two the first
 * is right as well: what came between them is read, and read again next time.
 */
export async function keepRunCursor(
  em: EntityManager,
  jobId: string,
  type: string,
  cursor: SourceCursor,
): Promise<void> {
  await em
    .fork()
    .execute(
      `update "import_schedule_runs" set "cursors" = jsonb_build_object(?::text, ?::jsonb) || "cursors" where "job_id" = ?`,
      [type, JSON.stringify(cursor), jobId],
      'run',
    );
}

/**
 * In the transaction that completes a job: what its schedule's next run reads begins where this one ends, unless a
 * later run has come further already. A job of no schedule changes nothing.
 */
export async function advanceCursors(tx: EntityManager, jobId: string): Promise<void> {
  await tx.execute(
    `update "import_schedules" as "s" set "cursors" = "s"."cursors" || (
       select coalesce(jsonb_object_agg("e"."key", "e"."value" || jsonb_build_object('run', "r"."number")), '{}')
       from jsonb_each("r"."cursors") as "e"
       where coalesce(("s"."cursors"->"e"."key"->>'run')::bigint, 0) < "r"."number"
     )
     from "import_schedule_runs" as "r"
     where "r"."job_id" = ? and "s"."id" = "r"."schedule_id" and "r"."cursors" <> '{}'`,
    [jobId],
    'run',
  );
}

/** The jobs that the runs of schedules made, by the workflows that Temporal started for them. */
export async function jobsOfRuns(em: EntityManager, workflowIds: readonly string[]): Promise<Map<string, string>> {
  if (workflowIds.length === 0) return new Map();
  const rows: { workflow_id: string; job_id: string }[] = await em.execute(
    `select "workflow_id", "job_id" from "import_schedule_runs"
     where "workflow_id" in (select jsonb_array_elements_text(?::jsonb)) order by "number"`,
    [JSON.stringify(workflowIds)],
  );
  return new Map(rows.map((row) => [row.workflow_id, row.job_id]));
}

/** Whether each of these workflows is a run whose job has ended. */
export async function jobsHaveEnded(em: EntityManager, workflowIds: readonly string[]): Promise<boolean> {
  const [row]: { ended: number }[] = await em.execute(
    `select count(*)::int as "ended" from "import_schedule_runs" as "r" join "import_jobs" as "j" on "j"."id" = "r"."job_id"
     where "r"."workflow_id" in (select jsonb_array_elements_text(?::jsonb))
       and ${hasEnded('"j"."status"')}`,
    [JSON.stringify(workflowIds)],
  );
  return row?.ended === workflowIds.length;
}

/**
 * Takes the next moment at which a run of a schedule may be started by hand: 1.2 s after the one before. Returns in how
 * many milliseconds that is; null when it is more than ten seconds away, and then none is taken.
 */
export async function claimTrigger(em: EntityManager, scheduleId: string): Promise<number | null> {
  const rows: { wait_ms: number }[] = await em.fork().execute(
    `update "import_schedules" set "triggered_at" = greatest(clock_timestamp(), "triggered_at" + interval '1.2 seconds')
     where "id" = ? and ("triggered_at" is null or "triggered_at" < clock_timestamp() + interval '10 seconds')
     returning greatest(0, extract(epoch from "triggered_at" - clock_timestamp()) * 1000)::float8 as "wait_ms"`,
    [scheduleId],
  );
  return rows[0]?.wait_ms ?? null;
}
