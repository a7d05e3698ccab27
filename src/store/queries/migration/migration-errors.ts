import type { EntityManager } from '@mikro-orm/postgresql';
import { NO_ERRORS } from '../../../domain/migration.ts';
import type { ErrorCounts, MigrationError, MigrationErrorType } from '../../../domain/migration.ts';
import type { IssueCode } from '../../../domain/record.ts';
import { attemptsSql } from '../retries/retry-family.ts';

/** What an issue is called in a migration job; whatever is not here is something that the target refused. */
const TYPES: Partial<Record<IssueCode, MigrationErrorType>> = {
  missing_required: 'missing_required',
  invalid_format: 'invalid_format',
  out_of_range: 'invalid_format',
  duplicate: 'duplicate',
};

function typeOf(code: string): MigrationErrorType {
  return TYPES[code as IssueCode] ?? 'constraint_violation';
}

/** Fatal issues of the last attempt at each row of a job; its number is given four times. */
const ERRORS = `
  "import_issues" as "i"
  where "i"."job_number" in ${attemptsSql('?::bigint')} and "i"."fatal"
    and not exists (select from "import_records" as "later"
      where "later"."job_number" in ${attemptsSql('?::bigint')} and "later"."job_number" > "i"."job_number"
        and "later"."target_ordinal" = "i"."target_ordinal" and "later"."row_number" = "i"."row_number")`;

/** An error and its place among those of its row. */
export interface PlacedError extends MigrationError {
  readonly ordinal: number;
}

/** The errors of a job after a place, in the order of the rows. */
export async function migrationErrors(
  em: EntityManager,
  jobNumber: number,
  after: { readonly rowNumber: number; readonly ordinal: number },
  limit: number,
): Promise<PlacedError[]> {
  const rows: {
    row_number: string;
    ordinal: number;
    code: string;
    field: string | null;
    message: string;
    value: string | null;
  }[] = await em.execute(
    `select "row_number", "ordinal", "code", "field", "message", "value" from ${ERRORS}
       and "target_ordinal" = 0 and ("row_number", "ordinal") > (?, ?)
     order by "row_number", "ordinal" limit ?`,
    [jobNumber, jobNumber, jobNumber, jobNumber, after.rowNumber, after.ordinal, limit],
  );
  return rows.map(({ row_number: rowNumber, code, ...error }) => ({
    ...error,
    rowNumber: Number(rowNumber),
    type: typeOf(code),
  }));
}

/** How many errors of each type a job has. */
export async function countErrors(em: EntityManager, jobNumber: number): Promise<ErrorCounts> {
  const rows: { code: string; errors: string }[] = await em.execute(
    `select "code", count(*) as "errors" from ${ERRORS} group by "code"`,
    [jobNumber, jobNumber, jobNumber, jobNumber],
  );
  const counts = { ...NO_ERRORS };
  for (const { code, errors } of rows) counts[typeOf(code)] += Number(errors);
  return counts;
}
