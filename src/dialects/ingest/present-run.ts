import { processed } from '../../domain/counters.ts';
import type { JobView } from '../../engine/jobs/job-view.ts';
import { presentFindings } from '../present-findings.ts';
import type { RunRow, RunView } from '../../engine/imports/ingest-runs.ts';

/** A run as the document prints it. */
export function presentRun({ view, importer, userNumber, mendsNumber }: RunView, rows?: readonly RunRow[]): object {
  const { job, counters } = view;
  const total = job.estimatedTotal ?? null;
  const done = processed(counters);
  return {
    id: job.number,
    job_id: job.id,
    importer,
    status: statusOf(view),
    user_id: userNumber,
    original_filename: job.targets[0]?.query.baseTable ?? null,
    dry_run: job.kind === 'validate',
    retried_from: view.job.parentJobId ?? null,
    retry_of: mendsNumber,
    progress: { total: total ?? 0, processed: done, successful: done - counters.failed, failed: counters.failed },
    summary: job.completedAt
      ? {
          created: counters.created,
          updated: counters.updated,
          skipped: counters.skipped,
          failed: counters.failed,
          error: job.error ?? null,
        }
      : null,
    started_at: micros(job.startedAt),
    completed_at: micros(job.completedAt),
    ...(rows === undefined
      ? {}
      : { columns: view.findings && presentFindings(view.findings), rows: rows.map(presentRow) }),
  };
}

function presentRow({ rowNumber, action, targetId, broughtInBy, errors }: RunRow): object {
  return {
    row_number: rowNumber,
    status: action === 'failed' ? 'failed' : 'success',
    action,
    target_id: targetId,
    brought_in_by: broughtInBy,
    errors: errors.map(({ field, code, message, value }) => ({ field, code, message, value })),
  };
}

function statusOf({ job, counters }: JobView): string {
  if (job.status === 'running' || job.status === 'paused') return 'processing';
  return job.status === 'completed' && counters.failed > 0 ? 'completed_with_errors' : job.status;
}

/** Laravel writes microseconds. */
function micros(date: Date | null | undefined): string | null {
  return date ? date.toISOString().replace(/Z$/u, '000Z') : null;
}
