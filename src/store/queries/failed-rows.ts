import type { EntityManager } from '@mikro-orm/postgresql';

/** A row that failed, and why, in a sentence for each thing that was wrong with it. */
export interface FailedRow {
  readonly rowNumber: number;
  readonly message: string;
}

/** The rows of a job that failed after a row number, in the order of the source. */
export async function failedRowsAfter(
  em: EntityManager,
  jobNumber: number,
  after: number,
  limit: number,
): Promise<FailedRow[]> {
  const rows: { row_number: string; message: string | null }[] = await em.execute(
    `select "r"."row_number", (
         select string_agg("i"."message", ' ' order by "i"."ordinal") from "import_issues" as "i"
         where "i"."job_number" = "r"."job_number" and "i"."target_ordinal" = "r"."target_ordinal"
           and "i"."row_number" = "r"."row_number" and "i"."fatal") as "message"
     from "import_records" as "r"
     where "r"."job_number" = ? and "r"."target_ordinal" = 0 and "r"."action" = 'failed' and "r"."row_number" > ?
     order by "r"."row_number" limit ?`,
    [jobNumber, after, limit],
  );
  return rows.map((row) => ({ rowNumber: Number(row.row_number), message: row.message ?? '' }));
}
