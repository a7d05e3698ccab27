import type { EntityManager } from '@mikro-orm/postgresql';
import type { Counters } from '../../../domain/counters.ts';

/** What is shown with a job and lies elsewhere. */
export interface JobSurroundings {
  readonly profile: { readonly id: string; readonly name: string; readonly databaseType: string } | null;
  readonly createdBy: { readonly id: string; readonly name: string } | null;
  /** The sums over the checkpoints of its partitions. */
  readonly counters: Counters;
  /** The store's clock. */
  readonly now: Date;
}

interface Row {
  readonly job_id: string;
  readonly profile_id: string | null;
  readonly profile_name: string;
  readonly database_type: string;
  readonly user_id: string | null;
  readonly user_name: string;
  readonly created: string;
  readonly updated: string;
  readonly skipped: string;
  readonly failed: string;
  readonly duplicates: string;
  readonly now: string | Date;
}

/**
 * What is shown with jobs, by their ids. One query: who asks for a job's status many times a second while the machine is
 * busy importing waits for each round trip.
 */
export async function surroundingsOfJobs(
  em: EntityManager,
  jobIds: readonly string[],
): Promise<Map<string, JobSurroundings>> {
  const rows: Row[] = await em.execute(
    `select "j"."id" as "job_id", "p"."id" as "profile_id", "p"."name" as "profile_name", "p"."database_type",
       "u"."id" as "user_id", "u"."name" as "user_name", "c".*, clock_timestamp() as "now"
     from "import_jobs" as "j"
     left join "import_profiles" as "p" on "p"."id" = "j"."profile_id"
     left join "users" as "u" on "u"."id" = "j"."created_by_id"
     cross join lateral (
       select coalesce(sum("created"), 0) as "created", coalesce(sum("updated"), 0) as "updated",
         coalesce(sum("skipped"), 0) as "skipped", coalesce(sum("failed"), 0) as "failed",
         coalesce(sum("duplicates"), 0) as "duplicates"
       from "import_partitions" where "job_id" = "j"."id"
     ) as "c"
     where "j"."id" = any(?::uuid[])`,
    [`{${jobIds.join(',')}}`],
  );
  return new Map(rows.map((row) => [row.job_id, surroundingsOf(row)]));
}

function surroundingsOf(row: Row): JobSurroundings {
  return {
    profile:
      row.profile_id === null ? null : { id: row.profile_id, name: row.profile_name, databaseType: row.database_type },
    createdBy: row.user_id === null ? null : { id: row.user_id, name: row.user_name },
    counters: {
      created: Number(row.created),
      updated: Number(row.updated),
      skipped: Number(row.skipped),
      failed: Number(row.failed),
      duplicates: Number(row.duplicates),
    },
    now: new Date(row.now),
  };
}
