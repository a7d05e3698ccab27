import { NO_ROWS, NOTHING_TAKEN, processed, tookNothing } from '../../domain/counters.ts';
import type { CountedImport } from '../../engine/imports/find-imports.ts';
import type { JobView } from '../../engine/jobs/job-view.ts';
import { presentFindings } from '../present-findings.ts';

/** An import of a file as the document prints it. */
export function presentImport(view: JobView): object {
  const { job, counters } = view;
  const status = statusOf(view);
  return {
    id: job.id,
    job_id: job.id,
    importer_id: job.importerId ?? null,
    status,
    file_name: job.targets[0]?.query.baseTable ?? null,
    row_count: job.estimatedTotal ?? null,
    row_count_kind: typeof job.estimatedTotal === 'number' ? 'exact' : null,
    processed_rows: processed(counters),
    error_count: counters.failed,
    created_count: counters.created,
    updated_count: counters.updated,
    skipped_count: counters.skipped,
    // What the page said that showed the widget.
    context: job.targets[0]?.file?.embedded?.context ?? null,
    error: job.error ?? (status === 'failed' ? NOTHING_TAKEN : null),
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    started_at: job.startedAt ?? null,
    completed_at: job.completedAt ?? null,
  };
}

/** The same with what was found out about its file. */
export function presentWholeImport(view: JobView): object {
  return { ...presentImport(view), columns: view.findings && presentFindings(view.findings) };
}

/**
 * A new import as the document prints it: pending, with its rows counted, or estimated where that takes long, however far
 * it has come meanwhile. Only what has failed already says so.
 */
export function presentNewImport({ view, estimatedRows }: CountedImport): object {
  if (statusOf(view) === 'failed') return presentWholeImport(view);
  const { job } = view;
  return {
    ...presentWholeImport({ ...view, counters: NO_ROWS }),
    ...(estimatedRows !== null && { row_count: estimatedRows, row_count_kind: 'estimated' }),
    status: 'pending',
    updated_at: job.createdAt,
    started_at: null,
    completed_at: null,
  };
}

/** Failed is an import of which no row could be taken, too. */
function statusOf({ job, counters }: JobView): string {
  if (job.status === 'running' || job.status === 'paused') return 'processing';
  return job.status === 'completed' && tookNothing(counters) ? 'failed' : job.status;
}
