import { estimateCompletion, percentage, processed } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import type { Jobs } from '../../engine/jobs/index.ts';
import type { JobView } from '../../engine/jobs/job-view.ts';
import type { Presented } from '../answer-shapes.ts';
import { presentFindings } from '../present-findings.ts';
import type {
  issueAnswer,
  jobAnswer,
  jobStatusAnswer,
  modeAnswer,
  optionsAnswer,
  progressAnswer,
  recentAnswer,
} from './job-answers.ts';
import { moment } from './words.ts';

/** Rows that are in the target because of the job: what it created and what it updated. */
export function imported({ created, updated }: Counters): number {
  return created + updated;
}

/** A job with all that is shown of it. */
export function presentJob(view: JobView): Presented<typeof jobAnswer> {
  const { job, counters, workflow } = view;
  const total = job.estimatedTotal ?? null;
  return {
    id: job.id,
    kind: job.kind,
    source: sourceOf(job),
    parent_job_id: job.parentJobId ?? null,
    profile: view.profile && {
      id: view.profile.id,
      name: view.profile.name,
      database_type: view.profile.databaseType,
    },
    ...progress(view),
    records_duplicates: counters.duplicates,
    records_unprocessed: total === null ? null : Math.max(0, total - processed(counters)),
    import_options: presentOptions(job.options),
    mode_config: presentMode(job.mode),
    estimated_total: total,
    started_at: moment(job.startedAt),
    completed_at: moment(job.completedAt),
    duration: duration(view),
    errors: job.error ? [{ code: job.error.code, message: job.error.message }] : null,
    metadata: {
      source_counts: job.sourceCounts,
      reading: job.reading,
      ...(view.findings === null ? {} : { file: presentFindings(view.findings) }),
    },
    workflow: workflow && { id: workflow.workflowId, run_id: workflow.runId, url: workflow.url },
    created_by: view.createdBy,
    created_at: moment(job.createdAt),
    updated_at: moment(job.updatedAt),
  };
}

/** How a job stands, as often as anybody asks. */
export function presentStatus(view: JobView): Presented<typeof jobStatusAnswer> {
  const { job, counters, now } = view;
  const { startedAt } = job;
  const ends =
    job.status === 'running' && startedAt
      ? estimateCompletion(startedAt, now, processed(counters), job.estimatedTotal ?? null)
      : null;
  return {
    job_id: job.id,
    ...progress(view),
    started_at: moment(startedAt),
    duration: duration(view),
    estimated_completion: moment(ends),
  };
}

/** A job in a list of what was done lately. */
export function presentRecent(view: JobView): Presented<typeof recentAnswer> {
  const { job, counters } = view;
  return {
    id: job.id,
    profile_name: view.profile?.name ?? null,
    status: job.status,
    records_imported: imported(counters),
    records_failed: counters.failed,
    started_at: moment(job.startedAt),
    completed_at: moment(job.completedAt),
    duration: duration(view),
  };
}

type Issue = Awaited<ReturnType<Jobs['issues']>>['rows'][number];

/** What was wrong with a row. Rows are counted within what they become, so that is said too. */
export function presentIssue({ targets }: JobView['job'], issue: Issue): Presented<typeof issueAnswer> {
  return {
    row_number: issue.rowNumber,
    target_type: targets.find(({ ordinal }) => ordinal === issue.targetOrdinal)?.spec.type ?? null,
    field: issue.field ?? null,
    code: issue.code,
    message: issue.message,
    value: issue.value ?? null,
    expected: issue.expected ?? null,
    fatal: issue.fatal,
  };
}

function progress({ job, counters }: JobView): Presented<typeof progressAnswer> {
  const done = processed(counters);
  return {
    status: job.status,
    progress_percentage: percentage(done, job.estimatedTotal ?? null, job.status === 'completed'),
    current_operation: job.operation ?? null,
    records_processed: done,
    records_imported: imported(counters),
    records_updated: counters.updated,
    records_skipped: counters.skipped,
    records_failed: counters.failed,
  };
}

/** Where its rows come from. */
function sourceOf({ options, targets }: JobView['job']): 'api' | 'file' | 'database' {
  return options.source ?? (targets.some(({ file }) => file !== undefined) ? 'file' : 'database');
}

/** Whole seconds from its start to its end, or to now. */
function duration({ job, now }: JobView): number | null {
  if (!job.startedAt) return null;
  const end = job.completedAt ?? now;
  return Math.max(0, Math.round((end.getTime() - job.startedAt.getTime()) / 1000));
}

/** The options of a job in the words of its body. */
export function presentOptions(options: JobOptions): Presented<typeof optionsAnswer> {
  const { batchSize, timeoutSeconds, selectedTypes, filters } = options;
  return {
    batch_size: batchSize,
    timeout: timeoutSeconds,
    selected_types: selectedTypes,
    import_filters: { date_from: filters.dateFrom, date_to: filters.dateTo, limit: filters.limit },
  };
}

/** The same of its mode. */
export function presentMode(mode: ModeConfig): Presented<typeof modeAnswer> {
  const { duplicateDetection: detection } = mode;
  return {
    import_mode: mode.importMode,
    duplicate_detection: {
      enabled: detection.enabled,
      strategy: detection.strategy,
      primary_fields: detection.primaryFields,
      secondary_fields: detection.secondaryFields,
      confidence_threshold: detection.confidenceThreshold,
    },
    skip_duplicates: mode.skipDuplicates,
    update_duplicates: mode.updateDuplicates,
    source_identifier_field: mode.sourceIdentifierField,
    matching_strategy: mode.matchingStrategy,
  };
}
