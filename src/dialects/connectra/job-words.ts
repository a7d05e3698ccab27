import type { DirectoryPhase } from '../../domain/directory-job.ts';

/** What jobs of this dialect are called, by their kind. */
export const JOB_TYPES = { import: 'insert_csv_file', export: 'export_csv_file' } as const;

/** How jobs stand, in the document's words and order, and what each of them stands for. */
export const JOB_STATUSES = {
  open: ['pending'],
  in_queue: ['queued', 'paused'],
  processing: ['running'],
  completed: ['completed'],
  failed: ['failed', 'cancelled'],
  retry_in_queued: ['retry_queued'],
  retrying: ['retrying'],
} as const satisfies Readonly<Record<string, readonly DirectoryPhase[]>>;
export type JobStatus = keyof typeof JOB_STATUSES;

/** The word for a phase. */
export function statusOf(phase: DirectoryPhase): JobStatus {
  for (const [status, phases] of Object.entries(JOB_STATUSES)) {
    if (phases.some((one) => one === phase)) return status as JobStatus;
  }
  throw new Error(`there is no word for ${phase}`);
}
