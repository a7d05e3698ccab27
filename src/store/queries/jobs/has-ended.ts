import { FINAL_STATUSES } from '../../../domain/job.ts';

/**
 * The SQL condition of `isFinal`: that a job has ended for good.
 * @param status the column of `import_jobs` it is asked of, quoted and with its alias
 */
export function hasEnded(status: string): string {
  return `${status} in (${FINAL_STATUSES.map((final) => `'${final}'`).join(', ')})`;
}
