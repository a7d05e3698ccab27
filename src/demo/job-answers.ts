import { z } from 'zod';

/** The parts of the API's answers about jobs that are read here and in tests. */

const counters = {
  records_processed: z.number(),
  records_imported: z.number(),
  records_updated: z.number(),
  records_skipped: z.number(),
  records_failed: z.number(),
};

export const jobStatusAnswer = z.object({
  job_id: z.string(),
  status: z.enum(['pending', 'running', 'paused', 'completed', 'failed', 'cancelled']),
  progress_percentage: z.number(),
  current_operation: z.string().nullable(),
  ...counters,
});

export const jobAnswer = z.object({
  id: z.string(),
  status: jobStatusAnswer.shape.status,
  ...counters,
  records_duplicates: z.number(),
  records_unprocessed: z.number().nullable(),
  estimated_total: z.number().nullable(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  errors: z.array(z.object({ code: z.string(), message: z.string() })).nullable(),
  metadata: z.object({ source_counts: z.record(z.string(), z.number()) }),
  workflow: z.object({ id: z.string(), url: z.string().nullable() }).nullable(),
});
export type Job = z.infer<typeof jobAnswer>;

export const startedJobAnswer = z.object({ message: z.string(), job: jobAnswer });

/** What the job's progress events carry. */
export const progressEvent = z.object({ job_id: z.string(), records_processed: z.number() });
export const statusEvent = z.object({ job_id: z.string(), status: jobStatusAnswer.shape.status });

/** Whether a job in this status will never change again. */
export function hasEnded({ status }: Pick<Job, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
