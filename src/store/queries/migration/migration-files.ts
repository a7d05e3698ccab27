import type { EntityManager } from '@mikro-orm/postgresql';

const UNFINISHED = `in ('pending', 'running', 'paused')`;

/** It waits to be started, and neither came nor was checked within some hours, by the database's clock. */
const UNSTARTED = `
  "m"."deleted_at" is null and "j"."held" and "j"."status" = 'pending'
  and not exists (select from "import_jobs" as "v" where "v"."migration_id" = "m"."id" and "v"."kind" = 'validate'
    and ("v"."status" ${UNFINISHED} or "v"."completed_at" > clock_timestamp() - make_interval(hours => ?)))
  and "m"."created_at" < clock_timestamp() - make_interval(hours => ?)`;

/** Migration jobs that nobody has started in so many hours, the oldest first, some hundred of them. */
export async function unstartedMigrations(em: EntityManager, hours: number): Promise<string[]> {
  const rows: { id: string }[] = await em.execute(
    `select "m"."id" from "import_migrations" as "m" join "import_jobs" as "j" on "j"."id" = "m"."id"
     where ${UNSTARTED} order by "m"."created_at" limit 500`,
    [hours, hours],
  );
  return rows.map(({ id }) => id);
}

/** Holds a migration job in the caller's transaction, and says whether it still is one that nobody has started. */
export async function holdUnstarted(tx: EntityManager, id: string, hours: number): Promise<boolean> {
  await tx.execute(`select from "import_migrations" where "id" = ?::uuid for update`, [id]);
  const rows: unknown[] = await tx.execute(
    `select "m"."id" from "import_migrations" as "m" join "import_jobs" as "j" on "j"."id" = "m"."id"
     where "m"."id" = ?::uuid and ${UNSTARTED}`,
    [id, hours, hours],
  );
  return rows.length > 0;
}

/**
 * Marks files of migration jobs that were deleted, or that ended so many hours ago without having begun, as removed, unless
 * a job still reads them. Gives how many.
 */
export async function releaseMigrationFiles(em: EntityManager, hours: number): Promise<number> {
  const rows: unknown[] = await em.execute(
    `update "import_files" as "f" set "removed_at" = clock_timestamp()
     from "import_migrations" as "m" join "import_jobs" as "j" on "j"."id" = "m"."id"
     where "f"."id" = "j"."file_id" and "f"."removed_at" is null
       and ("m"."deleted_at" is not null
         or "j"."status" = 'cancelled' and "j"."started_at" is null
           and "j"."completed_at" < clock_timestamp() - make_interval(hours => ?))
       and not exists (select from "import_jobs" as "o" where "o"."file_id" = "f"."id" and "o"."status" ${UNFINISHED}
         and not ("o"."id" = "m"."id" and "o"."held"))
     returning "f"."id"`,
    [hours],
  );
  return rows.length;
}
