import type { EntityManager } from '@mikro-orm/postgresql';

/** How often something was wrong with rows of a job. */
export interface IssueCount {
  /** Null for what is wrong with a row as a whole. */
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
  readonly rows: number;
}

/** What kept rows of a job out, the most frequent first. */
export async function countIssues(em: EntityManager, jobNumber: number, limit: number): Promise<IssueCount[]> {
  const rows: { field: string | null; code: string; message: string; rows: string }[] = await em.execute(
    `select "field", "code", "message", count(distinct ("target_ordinal", "row_number")) as "rows"
     from "import_issues" where "job_number" = ? and "fatal"
     group by "field", "code", "message" order by "rows" desc, "field" nulls first, "message" limit ?`,
    [jobNumber, limit],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows) }));
}

/** Rows that broke a rule of their fields, and so were not tried against the target. */
export async function countInvalidRows(
  em: EntityManager,
  jobNumber: number,
  otherwise: readonly string[],
): Promise<number> {
  const [row]: { rows: string }[] = await em.execute(
    `select count(distinct ("target_ordinal", "row_number")) as "rows" from "import_issues"
     where "job_number" = ? and "fatal" and not ("code" = any(?::text[]))`,
    [jobNumber, `{${otherwise.join(',')}}`],
  );
  return Number(row?.rows);
}
