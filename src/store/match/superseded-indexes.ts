import type { EntityManager } from '@mikro-orm/postgresql';

/** Keys that are removed at once: there may be millions, and nobody waits for it. */
const AT_ONCE = 50_000;

/** Removes, little by little, the keys of indexes that a newer one has taken the place of and no running job uses. */
export async function dropSupersededIndexes(em: EntityManager): Promise<void> {
  const superseded: { id: number }[] = await em.execute(
    `select "i"."id" from "import_match_indexes" as "i"
     where exists (select from "import_match_indexes" as "n"
         where ("n"."tenant_id", "n"."target_type", "n"."shape") = ("i"."tenant_id", "i"."target_type", "i"."shape")
           and "n"."id" > "i"."id")
       and not exists (select from "import_matchings" as "m" join "import_jobs" as "j" on "j"."id" = "m"."job_id"
         where "m"."index_id" = "i"."id" and "j"."status" in ('pending', 'running', 'paused'))
     order by "i"."id" limit 1`,
  );
  const [oldest] = superseded;
  if (!oldest) return;
  for (const table of ['keys', 'records']) {
    const removed = await em.execute<{ affectedRows: number }>(
      `delete from "import_match_${table}" where ctid = any(array(
         select ctid from "import_match_${table}" where "index_id" = ? limit ${AT_ONCE}))`,
      [oldest.id],
      'run',
    );
    if (removed.affectedRows > 0) return;
  }
  await em.execute(`delete from "import_match_indexes" where "id" = ?`, [oldest.id], 'run');
}
