import type { EntityManager } from '@mikro-orm/postgresql';
import type { ChangeAction } from '../../domain/plan.ts';
import { unpackRow } from '../../rows/packed-row.ts';
import type { Image } from './record-states.ts';

/** What a plan says of a row. */
export interface PlannedChange {
  readonly targetOrdinal: number;
  readonly rowNumber: number;
  readonly sourceIdentifier: string | null;
  readonly action: ChangeAction;
  readonly targetId: string | null;
  readonly duplicateOf: string | null;
  /** Values of the target's fields as the row gives them, references as ids. */
  readonly values: readonly (string | null)[];
  /** By column, what an update would overwrite. */
  readonly before: Image | null;
  /** By column, what an own table would make of the row, where it is the last that writes its record. */
  readonly after: Image | null;
  /** The record would hold something else than the row itself. */
  readonly differs: boolean;
  /** It was held when the plan was applied. */
  readonly drifted: boolean;
}

interface Row {
  readonly target_ordinal: number;
  readonly row_number: string;
  readonly source_identifier: string | null;
  readonly change: ChangeAction;
  readonly target_id: string | null;
  readonly duplicate_of: string | null;
  readonly packed: Buffer;
  readonly before: Image | null;
  readonly after: Image | null;
  readonly differs: boolean;
  readonly drifted: boolean;
}

/** How an action of the ledger is called before it has happened. */
const CHANGE = `case "r"."action" when 'created' then 'create' when 'updated' then 'update' when 'failed' then 'fail'
  else case when "r"."review_status" is null then 'skip' else 'review' end end`;

const CONDITIONS: Readonly<Record<ChangeAction, string>> = {
  create: `"r"."action" = 'created'`,
  update: `"r"."action" = 'updated'`,
  fail: `"r"."action" = 'failed'`,
  skip: `"r"."action" = 'skipped' and "r"."review_status" is null`,
  review: `"r"."action" = 'skipped' and "r"."review_status" is not null`,
};

/** How many rows of each type there are, and would be what; in the order of the types. */
export interface ChangeCounts extends Readonly<Record<ChangeAction, number>> {
  readonly targetOrdinal: number;
}

/** Some rows of one type, in the order of the source. */
export interface ChangeRange {
  readonly planNumber: number;
  readonly targetOrdinal: number;
  readonly action: ChangeAction | null;
  readonly offset: number;
  readonly limit: number;
}

/** What a plan says of rows. Without an action every row number is one of them, so that the offset is arithmetic. */
export async function plannedChanges(em: EntityManager, range: ChangeRange): Promise<PlannedChange[]> {
  const { action, offset } = range;
  const [after, skipped] = action === null ? [offset, 0] : [0, offset];
  const rows: Row[] = await em.execute(
    `select "r"."target_ordinal", "r"."row_number", "r"."source_identifier", ${CHANGE} as "change", "r"."target_id",
       "r"."duplicate_of", "w"."packed", "w"."after", "r"."before_image" as "before", "r"."after_hash" is not null as "differs",
       exists (
         select from "import_plan_applications" as "a" join "import_jobs" as "p" on "p"."id" = "a"."plan_id"
         join "import_jobs" as "j" on "j"."id" = "a"."job_id"
         join "import_issues" as "i" on "i"."job_number" = "j"."number" and "i"."code" = 'drifted'
           and "i"."target_ordinal" = "r"."target_ordinal" and "i"."row_number" = "r"."row_number"
         where "p"."number" = "r"."job_number"
       ) as "drifted"
     from (
       select * from "import_plan_records" as "r"
       where "r"."job_number" = ? and "r"."target_ordinal" = ? and "r"."row_number" > ?
         ${action === null ? '' : `and ${CONDITIONS[action]}`}
       order by "r"."row_number" limit ? offset ?
     ) as "r" join "import_plan_rows" as "w" using ("job_number", "target_ordinal", "row_number")
     order by "r"."row_number"`,
    [range.planNumber, range.targetOrdinal, after, range.limit, skipped],
  );
  return rows.map((row) => ({
    targetOrdinal: row.target_ordinal,
    rowNumber: Number(row.row_number),
    sourceIdentifier: row.source_identifier,
    action: row.change,
    targetId: row.target_id,
    duplicateOf: row.duplicate_of,
    values: unpackRow(row.packed),
    before: row.before,
    after: row.after,
    differs: row.differs,
    drifted: row.drifted,
  }));
}

/** What a plan has come to, by its checkpoints. */
export async function changeCounts(em: EntityManager, planNumber: number): Promise<ChangeCounts[]> {
  const rows: Record<'target_ordinal' | 'created' | 'updated' | 'skipped' | 'failed' | 'review', string>[] =
    await em.execute(
      `select "p".*, (
         select count(*) from "import_plan_records" as "r" where "r"."job_number" = ?
           and "r"."target_ordinal" = "p"."target_ordinal" and ${CONDITIONS.review}
       ) as "review"
       from "import_partitions" as "p" join "import_jobs" as "j" on "j"."id" = "p"."job_id"
       where "j"."number" = ? order by "p"."target_ordinal"`,
      [planNumber, planNumber],
    );
  return rows.map((row) => ({
    targetOrdinal: Number(row.target_ordinal),
    create: Number(row.created),
    update: Number(row.updated),
    skip: Number(row.skipped) - Number(row.review),
    fail: Number(row.failed),
    review: Number(row.review),
  }));
}

/** The job that applied a plan, and how many rows it held; null when none has. */
export async function applicationOf(
  em: EntityManager,
  planId: string,
): Promise<{ readonly jobId: string; readonly drifted: number } | null> {
  const [row]: { job_id: string; drifted: string }[] = await em.execute(
    `select "a"."job_id", (
       select count(*) from "import_issues" where "job_number" = "j"."number" and "code" = 'drifted') as "drifted"
     from "import_plan_applications" as "a" join "import_jobs" as "j" on "j"."id" = "a"."job_id"
     where "a"."plan_id" = ?`,
    [planId],
  );
  return row ? { jobId: row.job_id, drifted: Number(row.drifted) } : null;
}

/** Removes all that was written for a plan, in the caller's transaction. */
export async function deletePlannedRows(tx: EntityManager, planNumber: number): Promise<void> {
  for (const table of ['import_plan_chunks', 'import_plan_rows', 'import_plan_records', 'import_issues'])
    await tx.execute(`delete from "${table}" where "job_number" = ?`, [planNumber]);
}
