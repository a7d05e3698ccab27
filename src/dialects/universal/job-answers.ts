import { z } from 'zod';
import { IMPORT_MODES, JOB_KINDS, JOB_STATUSES } from '../../domain/job.ts';
import { ISSUE_CODES } from '../../domain/record.ts';
import { count, instant, messageAnswer, named, perhaps, problem } from '../answer-shapes.ts';
import { findingsAnswer } from '../present-findings.ts';

const moment = perhaps(instant);
const seconds = perhaps(count).describe('Whole seconds from its start to its end, or to now; null before it began.');

const progressShape = {
  status: z.enum(JOB_STATUSES),
  progress_percentage: z.int().min(0).max(100),
  current_operation: perhaps(z.string()),
  records_processed: count.describe('Those created, updated, skipped or failed.'),
  records_imported: count.describe('Those created or updated.'),
  records_updated: count,
  records_skipped: count,
  records_failed: count,
};

/** What a job's progress is, wherever that is told. */
export const progressAnswer = z.object(progressShape);

/** What `presentOptions` presents. */
export const optionsAnswer = z.object({
  batch_size: z.int().min(1),
  timeout: perhaps(z.int()),
  selected_types: perhaps(z.array(z.string())),
  import_filters: z.object({
    date_from: perhaps(z.iso.date()),
    date_to: perhaps(z.iso.date()),
    limit: perhaps(z.int()),
  }),
});

/** What `presentMode` presents. */
export const modeAnswer = z.object({
  import_mode: z.enum(IMPORT_MODES),
  duplicate_detection: z.object({
    enabled: z.boolean(),
    strategy: z.enum(['exact', 'fuzzy']),
    primary_fields: z.array(z.string()),
    secondary_fields: z.array(z.string()),
    confidence_threshold: z.number().min(0).max(100),
  }),
  skip_duplicates: z.boolean(),
  update_duplicates: z.boolean(),
  source_identifier_field: perhaps(z.string()),
  matching_strategy: perhaps(z.string()),
});

/** What `presentJob` presents. */
export const jobAnswer = z.object({
  id: z.uuid(),
  kind: z.enum(JOB_KINDS),
  source: z.enum(['api', 'file', 'database']).describe('Where its rows come from.'),
  parent_job_id: perhaps(z.uuid()).describe('The job that it retries, undoes or applies.'),
  profile: perhaps(z.object({ id: z.uuid(), name: z.string(), database_type: z.string() })),
  ...progressShape,
  records_duplicates: count.describe('Rows that matched a record other than by their own identity.'),
  records_unprocessed: perhaps(count).describe('Null while it is not known how many there are.'),
  import_options: optionsAnswer,
  mode_config: modeAnswer,
  estimated_total: perhaps(count),
  started_at: moment,
  completed_at: moment,
  duration: seconds,
  errors: perhaps(z.array(problem)),
  metadata: z.object({
    source_counts: z.record(z.string(), count),
    reading: z.record(z.string(), z.string()).describe('How the rows of each type are ordered, and why.'),
    file: findingsAnswer.optional(),
  }),
  workflow: perhaps(z.object({ id: z.string(), run_id: z.string(), url: perhaps(z.string()) })),
  created_by: perhaps(named),
  created_at: moment,
  updated_at: moment,
});

/** A job that something was done with. */
export const changedJobAnswer = messageAnswer.extend({ job: jobAnswer });

/** What `presentStatus` presents. */
export const jobStatusAnswer = z
  .object({
    job_id: z.uuid(),
    ...progressShape,
    started_at: moment,
    duration: seconds,
    estimated_completion: moment,
  })
  .meta({
    examples: [
      {
        job_id: '0198c0de-0000-7000-8000-000000000001',
        status: 'running',
        progress_percentage: 45,
        current_operation: 'Processing conversations → tickets',
        records_processed: 2250,
        records_imported: 2180,
        records_updated: 0,
        records_skipped: 35,
        records_failed: 12,
        started_at: '2025-08-20T10:00:00Z',
        duration: 1800,
        estimated_completion: '2025-08-20T10:40:00Z',
      },
    ],
  });

/** What `presentIssue` presents. */
export const issueAnswer = z.object({
  row_number: perhaps(z.int()),
  target_type: perhaps(z.string()),
  field: perhaps(z.string()),
  code: z.enum(ISSUE_CODES),
  message: z.string(),
  value: perhaps(z.string()),
  expected: perhaps(z.string()),
  fatal: z.boolean().describe('It kept the row out.'),
});

/** What `presentRecent` presents. */
export const recentAnswer = z.object({
  id: z.uuid(),
  profile_name: perhaps(z.string()),
  status: z.enum(JOB_STATUSES),
  records_imported: count,
  records_failed: count,
  started_at: moment,
  completed_at: moment,
  duration: seconds,
});

/** Figures over jobs, and the newest of them. */
export const jobStatsAnswer = z
  .object({
    stats: z.object({
      total_jobs: count,
      completed_jobs: count,
      failed_jobs: count,
      running_jobs: count,
      cancelled_jobs: count,
      total_records_imported: count,
      total_records_failed: count,
      average_duration: perhaps(z.number()),
    }),
    recent_jobs: z.array(recentAnswer),
  })
  .meta({
    examples: [
      {
        stats: {
          total_jobs: 25,
          completed_jobs: 20,
          failed_jobs: 3,
          running_jobs: 1,
          cancelled_jobs: 1,
          total_records_imported: 125_000,
          total_records_failed: 450,
          average_duration: 2340,
        },
        recent_jobs: [
          {
            id: '0198c0de-0000-7000-8000-000000000001',
            profile_name: 'Production Database',
            status: 'completed',
            records_imported: 4850,
            records_failed: 25,
            started_at: '2025-08-20T10:00:00Z',
            completed_at: '2025-08-20T10:45:00Z',
            duration: 2700,
          },
        ],
      },
    ],
  });
