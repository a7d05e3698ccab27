import type { ImportJob } from '../../store/entities/import-job.ts';

/** Where a job of the directory stands among its tenant's. */
export function placeOf({ id, tenantId, number }: ImportJob): { jobId: string; tenantId: string; number: number } {
  return { jobId: id, tenantId, number };
}
