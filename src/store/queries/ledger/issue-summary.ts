import type { EntityManager } from '@mikro-orm/postgresql';
import { numberArray } from '../retries/retry-family.ts';

/** How often something was wrong with rows of a job. */
export interface IssueCount {
  /** Null for what is wrong with a row as a whole. */
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
  readonly rows: number;
}

/** Issues of a job, but for those of rows that later attempts have brought in. */
const OPEN_ISSUES = `
  from "import_issues" as "i" where "i"."job_number" = ? and "i"."fatal" and not exists (
    select from "import_records" as "n" where "n"."job_number" = any(?::bigint[])
      and "n"."target_ordinal" = "i"."target_ordinal" and "n"."row_number" = "i"."row_number" and "n"."action" <> 'failed')`;

/**
 * What keeps rows of a job out, the most frequent first.
 * @param later the numbers of the jobs that have tried its rows since
 */
export async function countIssues(
  em: EntityManager,
  jobNumber: number,
  later: readonly number[],
  limit: number,
): Promise<IssueCount[]> {
  const rows: { field: string | null; code: string; message: string; rows: string }[] = await em.execute(
    `select "field", "code", "message", count(distinct ("target_ordinal", "row_number")) as "rows" ${OPEN_ISSUES}
     group by "field", "code", "message" order by "rows" desc, "field" nulls first, "message" limit ?`,
    [jobNumber, numberArray(later), limit],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows) }));
}

/** Rows that broke a rule of their fields, and so were not tried against the target; `later` as of `countIssues`. */
export async function countInvalidRows(
  em: EntityManager,
  jobNumber: number,
  later: readonly number[],
  otherwise: readonly string[],
): Promise<number> {
  const [row]: { rows: string }[] = await em.execute(
    `select count(distinct ("target_ordinal", "row_number")) as "rows" ${OPEN_ISSUES} and not ("code" = any(?::text[]))`,
    [jobNumber, numberArray(later), `{${otherwise.join(',')}}`],
  );
  return Number(row?.rows);
}
