import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Nobody has tried for so long: the time until then does not count. Longer than an attempt and the pause after it take,
 * a source that is silent included.
 */
const UNTRIED_SECONDS = 120;

/**
 * Notes that a partition's source was not there just now, and tells for how many seconds it has been away: since it was
 * first missed, with nothing read since then and somebody there to try.
 */
export async function missSource(em: EntityManager, partitionId: number): Promise<number> {
  const [row]: { seconds: string }[] = await em.execute(
    `update "import_partitions" set "source_missed_at" = statement_timestamp(),
       "source_lost_at" = case
         when "source_missed_at" > greatest("progressed_at", statement_timestamp() - make_interval(secs => ?))
           then "source_lost_at"
         else statement_timestamp() end
     where "id" = ? returning extract(epoch from "source_missed_at" - "source_lost_at") as "seconds"`,
    [UNTRIED_SECONDS, partitionId],
  );
  return Number(row?.seconds ?? 0);
}
