import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportJob, JobTarget } from '../../entities/import-job.ts';
import { createMirror } from '../../plans/mirror.ts';

/** A range of a source's keys as it is planned; null is open to that side. */
export interface PlannedRange {
  readonly after: readonly string[] | null;
  readonly upTo: readonly string[] | null;
  readonly rows: number;
}

export interface TargetPlan {
  /** Rows the source holds for the target, before any limit. */
  readonly total: number;
  readonly ranges: readonly PlannedRange[];
  /** The checked query, as the source side gave it. */
  readonly query: unknown;
  /** How the source is read and why, in a sentence. */
  readonly reading: string;
  /** No two rows can meet in one record: a validation needs no mirror. */
  readonly distinct?: boolean;
  /** What else belongs into the transaction. */
  readonly alongside?: (tx: EntityManager) => Promise<void>;
}

/**
 * Stores how a target is going to be read: its partitions, counts and query, all in one transaction. A target that has
 * been planned already keeps its first plan, whoever asks again.
 */
export async function storeTargetPlan(
  em: EntityManager,
  job: ImportJob,
  target: JobTarget,
  plan: TargetPlan,
): Promise<void> {
  if (plan.ranges.length === 0)
    throw new Error(`the plan of ${target.spec.type} has no range: it would be planned for ever`);
  await em.fork().transactional(async (tx) => {
    await tx.execute(`select from "import_jobs" where "id" = ? for update`, [job.id]);
    const [existing]: { planned: boolean }[] = await tx.execute(
      `select exists (select from "import_partitions" where "job_id" = ? and "target_ordinal" = ?) as "planned"`,
      [job.id, target.ordinal],
    );
    if (existing?.planned === true) return;
    if (job.kind === 'plan' || plan.distinct !== true) await createMirror(tx, job, target);
    await plan.alongside?.(tx);
    await tx.execute(
      `insert into "import_partitions"
         ("job_id", "target_ordinal", "ordinal", "range_after", "range_up_to", "planned_rows", "row_base")
       select ?, ?, "ordinal" - 1, nullif("range"->'after', 'null'), nullif("range"->'upTo', 'null'),
         ("range"->>'rows')::bigint,
         coalesce(sum(("range"->>'rows')::bigint) over (order by "ordinal" rows between unbounded preceding and 1 preceding), 0)
       from jsonb_array_elements(?::jsonb) with ordinality as "planned" ("range", "ordinal")`,
      [job.id, target.ordinal, JSON.stringify(plan.ranges)],
    );
    await tx.execute(
      `update "import_jobs" set
         "source_counts" = "source_counts" || jsonb_build_object(?::text, ?::bigint),
         "source_queries" = "source_queries" || jsonb_build_object(?::text, ?::jsonb),
         "reading" = "reading" || jsonb_build_object(?::text, ?::text),
         "estimated_total" = coalesce("estimated_total", 0) + ?,
         "updated_at" = clock_timestamp()
       where "id" = ?`,
      [
        target.spec.type,
        plan.total,
        String(target.ordinal),
        JSON.stringify(plan.query),
        target.spec.type,
        plan.reading,
        plan.ranges.reduce((sum, range) => sum + range.rows, 0),
        job.id,
      ],
    );
  });
}
