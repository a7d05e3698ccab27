import type { ErrorSummary } from '../../engine/imports/error-summary.ts';

/** What Laravel's validator says of an input as a whole; rows that broke rules of their fields are counted under it. */
const INVALID = 'The given data was invalid.';

/** Why rows failed, as the document prints it; of those that have come in since only how many there are. */
export function presentSummary({ failedRows, closedRows, refused, invalidRows, invalid }: ErrorSummary): object {
  const counted = [
    ...refused.map(({ message, rows }) => ({ message, count: rows })),
    ...(invalidRows === 0 ? [] : [{ message: INVALID, count: invalidRows }]),
  ];
  return {
    total_failed_rows: failedRows,
    ...(closedRows === 0 ? {} : { closed_rows: closedRows }),
    error_summary: counted.toSorted((a, b) => b.count - a.count),
    validation_summary: invalid.map(({ field, message, rows }) => ({
      message: field === null ? message : `${field}: ${message}`,
      count: rows,
    })),
  };
}
