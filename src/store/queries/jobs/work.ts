import type { EntityManager } from '@mikro-orm/postgresql';

/** Partitions handed to a workflow at once: ids only, so that its history stays small whatever the job's size. */
const AT_ONCE = 40;

export interface PartitionWork {
  readonly planned: boolean;
  readonly unfinished: readonly number[];
}

/** Whether a target of a job has been planned, and its first partitions that are not finished, in source order. */
export async function nextPartitions(em: EntityManager, jobId: string, targetOrdinal: number): Promise<PartitionWork> {
  const rows: { id: string; finished: boolean; listed: boolean }[] = await em.fork().execute(
    `(select "id", "finished", "listed" from "import_partitions"
      where "job_id" = ? and "target_ordinal" = ? and not "finished" order by "ordinal" limit ${AT_ONCE})
     union all
     (select "id", "finished", "listed" from "import_partitions"
      where "job_id" = ? and "target_ordinal" = ? and "finished" limit 1)`,
    [jobId, targetOrdinal, jobId, targetOrdinal],
  );
  const unfinished = rows.filter((row) => !row.finished);
  // What a retry has on its list came before what is left of the source, and is brought in before it.
  const first = unfinished[0]?.listed === true ? unfinished.slice(0, 1) : unfinished;
  return { planned: rows.length > 0, unfinished: first.map((row) => Number(row.id)) };
}
