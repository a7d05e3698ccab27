import type { DirectoryJobView } from '../../engine/directory-jobs/find-directory-jobs.ts';
import { urlOf } from './file-links.ts';
import { JOB_TYPES, statusOf } from './job-words.ts';

/** A job as the document prints it. */
export function presentJob(shown: DirectoryJobView, origin: string): object {
  const { view, about, phase } = shown;
  const { job } = view;
  return {
    id: job.number,
    uuid: job.id,
    job_id: job.id,
    job_type: job.kind === 'export' ? JOB_TYPES.export : JOB_TYPES.import,
    status: statusOf(phase),
    job_response: {
      messages: messageOf(shown),
      ...(job.kind === 'export' ? exported(shown, origin) : imported(shown, origin)),
    },
    retry_count: about.retries,
    retries_made: Math.min(about.failures, about.retries),
    created_at: job.createdAt,
    updated_at: job.updatedAt,
  };
}

function exported({ about: { result }, download }: DirectoryJobView, origin: string): object {
  if (!result || !download) return {};
  return { s3_key: result.key, download_url: urlOf(download, origin), records: result.rows };
}

function imported({ rows, failed, failedRows }: DirectoryJobView, origin: string): object {
  if (!failedRows) return { records: rows - failed, failed_records: failed };
  return { records: rows - failed, failed_records: failed, failed_rows_url: urlOf(failedRows, origin) };
}

function messageOf({ view: { job }, about, phase, rows, failed }: DirectoryJobView): string {
  const verb = job.kind === 'export' ? 'exported' : 'imported';
  switch (phase) {
    case 'completed':
      return `Successfully ${verb} ${counted(rows - failed)}${failed > 0 ? `; ${failed} failed` : ''}`;
    case 'failed':
      return job.error?.message ?? 'The job failed';
    case 'cancelled':
      return `The job was cancelled after ${counted(rows)}`;
    case 'retry_queued':
      return `Attempt ${about.failures} failed: ${about.lastFailure ?? 'the reason is not known'}`;
    default:
      return `${counted(rows)} ${verb} so far`;
  }
}

function counted(rows: number): string {
  return `${rows} record${rows === 1 ? '' : 's'}`;
}
