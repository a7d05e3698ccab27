import { z } from 'zod';
import type { DirectoryJobView } from '../../engine/directory-jobs/find-directory-jobs.ts';
import { count, instant } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { jobStatus } from './answers.ts';
import { urlOf } from './file-links.ts';
import { JOB_TYPES, statusOf } from './job-words.ts';

const exportedAnswer = z.object({ s3_key: z.string(), download_url: z.url(), records: count }).partial();

const importedAnswer = z.object({ records: count, failed_records: count, failed_rows_url: z.url().optional() });

const jobAnswer = z.object({
  id: z.int(),
  uuid: z.uuid(),
  job_id: z.uuid(),
  job_type: z.enum(JOB_TYPES),
  status: jobStatus,
  job_response: z.object({ messages: z.string(), ...exportedAnswer.shape, ...importedAnswer.partial().shape }),
  retry_count: count.describe('How often it is tried again when it fails.'),
  retries_made: count,
  created_at: instant,
  updated_at: instant,
});

export const jobsAnswer = z.object({ success: z.literal(true), data: z.array(jobAnswer) }).meta({
  examples: [
    {
      success: true,
      data: [
        {
          id: 1,
          uuid: '0198c0de-0000-7000-8000-000000000001',
          job_id: '0198c0de-0000-7000-8000-000000000001',
          job_type: 'insert_csv_file',
          status: 'completed',
          job_response: { messages: 'Successfully imported 150 records', records: 150, failed_records: 0 },
          retry_count: 3,
          retries_made: 0,
          created_at: '2024-01-15T10:30:00Z',
          updated_at: '2024-01-15T10:30:04Z',
        },
      ],
    },
  ],
});

/** A job as the document prints it. */
export function presentJob(shown: DirectoryJobView, origin: string): Presented<typeof jobAnswer> {
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
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
  };
}

function exported(shown: DirectoryJobView, origin: string): Presented<typeof exportedAnswer> {
  const { about, download } = shown;
  const { result } = about;
  if (!result || !download) return {};
  return { s3_key: result.key, download_url: urlOf(download, origin), records: result.rows };
}

function imported(shown: DirectoryJobView, origin: string): Presented<typeof importedAnswer> {
  const { rows, failed, failedRows } = shown;
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
