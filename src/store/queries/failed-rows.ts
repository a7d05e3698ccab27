import type { EntityManager } from '@mikro-orm/postgresql';

/** A row that failed, and why, in a sentence for each thing that was wrong with it. */
export interface FailedRow {
  readonly rowNumber: number;
  readonly message: string;
}

/**
 * The rows of a job that failed after a row number, in the order of the source. Where its targets read the same rows, what
 * any of them found wrong with a row is told together.
 * @param targets how many the job has
 */
export async function failedRowsAfter(
  em: EntityManager,
  jobNumber: number,
  targets: number,
  after: number,
  limit: number,
): Promise<FailedRow[]> {
  const rows: { row_number: string; message: string | null }[] = await em.execute(
    `select "r"."row_number", (
         select string_agg("i"."message", ' ' order by "i"."target_ordinal", "i"."ordinal") from "import_issues" as "i"
         where "i"."job_number" = ? and "i"."target_ordinal" < ? and "i"."row_number" = "r"."row_number" and "i"."fatal"
       ) as "message"
     from (
       select distinct "f"."row_number" from generate_series(0, ?::int - 1) as "t" ("ordinal")
       cross join lateral (
         select "row_number" from "import_records"
         where "job_number" = ? and "target_ordinal" = "t"."ordinal" and "action" = 'failed' and "row_number" > ?
         order by "row_number" limit ?
       ) as "f"
       order by "f"."row_number" limit ?
     ) as "r" order by "r"."row_number"`,
    [jobNumber, targets, targets, jobNumber, after, limit, limit],
  );
  return rows.map((row) => ({ rowNumber: Number(row.row_number), message: row.message ?? '' }));
}
