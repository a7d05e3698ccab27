import type { EntityManager } from '@mikro-orm/postgresql';

/** A step of a job, and how far it had come when it failed. */
export interface FailedStep {
  readonly jobId: string;
  readonly step: string;
  readonly place: string;
}

/** Counts a failure of a step, and gives how many there have been at this place, one after the other. */
export async function countStepFailure(em: EntityManager, { jobId, step, place }: FailedStep): Promise<number> {
  const [row]: { failures: number }[] = await em.execute(
    `insert into "import_step_failures" as "f" ("job_id", "step", "place", "failures") values (?, ?, ?, 1)
     on conflict ("job_id", "step") do update set "place" = excluded."place",
       "failures" = case when "f"."place" = excluded."place" then "f"."failures" + 1 else 1 end
     returning "failures"`,
    [jobId, step, place],
  );
  return row?.failures ?? 0;
}

/** How far a partition has come, in words. */
export async function placeOfPartition(em: EntityManager, partitionId: number): Promise<string> {
  const [row]: { row: string; type: string | null }[] = await em.execute(
    `select "p"."row_base" + "p"."rows_done" as "row", "t"."target" #>> '{spec,type}' as "type"
     from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
     left join lateral jsonb_array_elements("j"."targets") as "t" ("target")
       on ("t"."target" ->> 'ordinal')::int = "p"."target_ordinal"
     where "p"."id" = ?`,
    [partitionId],
  );
  return `after row ${row?.row ?? 0} of ${row?.type ?? 'the source'}`;
}
