import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportJob } from '../../entities/import-job.ts';
import { numberArray, retryFamily } from '../retries/retry-family.ts';

/** A row that failed, and why, in a sentence for each thing that was wrong with it. */
export interface FailedRow {
  readonly rowNumber: number;
  readonly message: string;
}

/** Rows of a job that failed and that no later attempt at them has brought in. Of what was only tried: all that would. */
export interface FailedRows {
  /** The next after a row number, in the order of the source. */
  after(after: number, limit: number): Promise<FailedRow[]>;
}

/**
 * What an import of a file has failed to bring in by now. Where its targets read the same rows, what any of them found
 * wrong with a row is told together.
 */
export async function stillFailedRows(
  em: EntityManager,
  { number, kind, targets }: Pick<ImportJob, 'number' | 'kind' | 'targets'>,
): Promise<FailedRows> {
  if (kind === 'validate') return refusedRowsOf(em, number);
  const later = numberArray(await attemptsSince(em, number));
  return {
    async after(after, limit) {
      const rows: FailedRecord[] = await em.execute(
        `select "r"."row_number", (
             select string_agg("i"."message", ' ' order by "i"."target_ordinal", "i"."ordinal")
             from "import_issues" as "i"
             where "i"."job_number" = ? and "i"."target_ordinal" < ? and "i"."row_number" = "r"."row_number"
               and "i"."fatal") as "message"
         from (
           select distinct "f"."row_number" from generate_series(0, ?::int - 1) as "t" ("ordinal")
           cross join lateral (
             select "o"."row_number" from "import_records" as "o"
             where "o"."job_number" = ? and "o"."target_ordinal" = "t"."ordinal" and "o"."action" = 'failed'
               and "o"."row_number" > ? and not exists (
                 select from "import_records" as "n" where "n"."job_number" = any(?::bigint[])
                   and "n"."target_ordinal" = "t"."ordinal" and "n"."row_number" = "o"."row_number"
                   and "n"."action" <> 'failed')
             order by "o"."row_number" limit ?
           ) as "f"
           order by "f"."row_number" limit ?
         ) as "r" order by "r"."row_number"`,
        [number, targets.length, targets.length, number, after, later, limit, limit],
      );
      return rows.map(failedRow);
    },
  };
}

/** The numbers of the jobs that have tried rows of a job after it. */
export async function attemptsSince(em: EntityManager, jobNumber: number): Promise<number[]> {
  return (await retryFamily(em, jobNumber)).since.filter((one) => one > jobNumber);
}

/** How many of the rows that failed in a job the jobs `later` have brought in. */
export async function countBroughtIn(em: EntityManager, jobNumber: number, later: readonly number[]): Promise<number> {
  if (later.length === 0) return 0;
  const [row]: { rows: string }[] = await em.execute(
    `select count(distinct ("n"."target_ordinal", "n"."row_number")) as "rows"
     from "import_records" as "n" join "import_records" as "o" on "o"."job_number" = ?
       and "o"."target_ordinal" = "n"."target_ordinal" and "o"."row_number" = "n"."row_number" and "o"."action" = 'failed'
     where "n"."job_number" = any(?::bigint[]) and "n"."action" <> 'failed'`,
    [jobNumber, numberArray(later)],
  );
  return Number(row?.rows);
}

/** Of rows of a job that failed those that a later attempt has brought in, each with the number of that job. */
export async function broughtInSince(
  em: EntityManager,
  jobNumber: number,
  rowNumbers: readonly number[],
): Promise<Map<number, number>> {
  const later = await attemptsSince(em, jobNumber);
  if (later.length === 0 || rowNumbers.length === 0) return new Map();
  const rows: { row_number: string; job_number: string }[] = await em.execute(
    `select "row_number", min("job_number") as "job_number" from "import_records"
     where "job_number" = any(?::bigint[]) and "target_ordinal" = 0 and "row_number" = any(?::bigint[])
       and "action" <> 'failed' group by "row_number"`,
    [numberArray(later), numberArray(rowNumbers)],
  );
  return new Map(rows.map((row) => [Number(row.row_number), Number(row.job_number)]));
}

/** Of a job that leaves nothing but issues. */
function refusedRowsOf(em: EntityManager, number: number): FailedRows {
  return {
    async after(after, limit) {
      const rows: FailedRecord[] = await em.execute(
        `select "row_number", string_agg("message", ' ' order by "ordinal") as "message" from "import_issues"
         where "job_number" = ? and "target_ordinal" = 0 and "fatal" and "row_number" > ? group by "row_number" order by "row_number" limit ?`,
        [number, after, limit],
      );
      return rows.map(failedRow);
    },
  };
}

interface FailedRecord {
  readonly row_number: string;
  readonly message: string | null;
}

function failedRow(row: FailedRecord): FailedRow {
  return { rowNumber: Number(row.row_number), message: row.message ?? '' };
}
