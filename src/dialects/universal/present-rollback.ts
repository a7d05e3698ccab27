import { z } from 'zod';
import { estimateCompletion, percentage } from '../../domain/counters.ts';
import { JOB_STATUSES } from '../../domain/job.ts';
import { recordId } from '../../domain/record.ts';
import { NO_UNDOS, UNDO_OUTCOMES, UNDOABLE_ACTIONS } from '../../domain/rollback.ts';
import type { RollbackOptions } from '../../domain/rollback.ts';
import type { CreatedRollback } from '../../engine/rollbacks/create-rollback.ts';
import type { RollbackView, UndoneRows } from '../../engine/rollbacks/index.ts';
import { count, instant, messageAnswer, perhaps, problem } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { moment } from './words.ts';

const optionsAnswer = z.object({
  target_actions: z.array(z.enum(UNDOABLE_ACTIONS)),
  preserve_relationships: z.boolean(),
  batch_size: z.int(),
  dry_run: z.boolean(),
});

const newAnswer = z.object({
  id: z.uuid(),
  original_job_id: perhaps(z.uuid()),
  status: z.enum(JOB_STATUSES),
  estimated_records: count,
  rollback_options: optionsAnswer,
  created_at: instant,
});

const OPTIONS = {
  target_actions: ['created', 'updated'],
  preserve_relationships: true,
  batch_size: 100,
  dry_run: false,
};

export const newRollbackAnswer = messageAnswer.extend({ rollback_job: newAnswer }).meta({
  examples: [
    {
      message: 'Rollback job created successfully',
      rollback_job: {
        id: '0198c0de-0000-7000-8000-000000000002',
        original_job_id: '0198c0de-0000-7000-8000-000000000001',
        status: 'pending',
        estimated_records: 2500,
        rollback_options: OPTIONS,
        created_at: '2025-08-21T11:00:00Z',
      },
    },
  ],
});

const statusAnswer = z.object({
  id: z.uuid(),
  original_job_id: perhaps(z.uuid()),
  status: z.enum(JOB_STATUSES),
  progress_percentage: z.int().min(0).max(100),
  current_operation: perhaps(z.string()),
  records_processed: count.describe('Those rolled back, kept or failed.'),
  records_rolled_back: count,
  records_kept: count.describe('Changed since, referred to by others, or taken over by a later job.'),
  records_failed: count,
  records_untouched: count.describe('Rows that had changed nothing.'),
  outcomes: z.record(z.enum(UNDO_OUTCOMES), count),
  rollback_options: optionsAnswer,
  errors: perhaps(z.array(problem)),
  started_at: perhaps(instant),
  completed_at: perhaps(instant),
  estimated_completion: perhaps(instant),
});

export const rollbackAnswer = z.object({ rollback_job: statusAnswer }).meta({
  examples: [
    {
      rollback_job: {
        id: '0198c0de-0000-7000-8000-000000000002',
        original_job_id: '0198c0de-0000-7000-8000-000000000001',
        status: 'running',
        progress_percentage: 35,
        current_operation: 'Rolling back customer_users records',
        records_processed: 875,
        records_rolled_back: 850,
        records_kept: 0,
        records_failed: 25,
        records_untouched: 0,
        outcomes: { ...NO_UNDOS, reversed: 850, failed: 25 },
        rollback_options: OPTIONS,
        errors: null,
        started_at: '2025-08-21T11:00:00Z',
        completed_at: null,
        estimated_completion: '2025-08-21T11:15:00Z',
      },
    },
  ],
});

export const undoneRowAnswer = z.object({
  record_id: z.uuid(),
  row_number: z.int().min(1),
  source_identifier: perhaps(z.string()),
  target_type: perhaps(z.string()),
  target_id: z.string(),
  import_action: z.enum(UNDOABLE_ACTIONS),
  outcome: z.enum(UNDO_OUTCOMES),
  reason: perhaps(z.string()),
  superseded_by_job_id: perhaps(z.uuid()),
  created_at: instant,
});

/** A rollback that was just made. */
export function presentNewRollback(created: CreatedRollback): Presented<typeof newAnswer> {
  const { job, options, batchSize, estimatedRecords } = created;
  return {
    id: job.id,
    original_job_id: job.parentJobId ?? null,
    status: job.status,
    estimated_records: estimatedRecords,
    rollback_options: presentOptions(options, batchSize),
    created_at: moment(job.createdAt),
  };
}

function presentOptions(options: RollbackOptions, batchSize: number): Presented<typeof optionsAnswer> {
  return {
    target_actions: options.targetActions,
    preserve_relationships: options.preserveRelationships,
    batch_size: batchSize,
    dry_run: options.dryRun,
  };
}

/** A rollback and how far it is. */
export function presentRollback(view: RollbackView): Presented<typeof statusAnswer> {
  const { job, options, outcomes, untouched, now } = view;
  const kept = outcomes.kept_edited + outcomes.kept_referenced + outcomes.kept_superseded;
  const done = outcomes.reversed + kept + outcomes.failed;
  const total = job.estimatedTotal ?? null;
  const { startedAt } = job;
  const ends = job.status === 'running' && startedAt ? estimateCompletion(startedAt, now, done, total) : null;
  return {
    id: job.id,
    original_job_id: job.parentJobId ?? null,
    status: job.status,
    progress_percentage: percentage(done, total, job.status === 'completed'),
    current_operation: job.operation ?? null,
    records_processed: done,
    records_rolled_back: outcomes.reversed,
    records_kept: kept,
    records_failed: outcomes.failed,
    records_untouched: untouched,
    outcomes,
    rollback_options: presentOptions(options, job.options.batchSize),
    errors: job.error ? [{ code: job.error.code, message: job.error.message }] : null,
    started_at: moment(startedAt),
    completed_at: moment(job.completedAt),
    estimated_completion: moment(ends),
  };
}

/** What was made of each row. */
export function presentRows({ rollback, importNumber, rows }: UndoneRows): Presented<typeof undoneRowAnswer>[] {
  const types = new Map(rollback.job.targets.map(({ ordinal, spec }) => [ordinal, spec.type]));
  return rows.map(({ targetOrdinal, rowNumber, ...row }) => ({
    record_id: recordId({ jobNumber: importNumber, targetOrdinal, rowNumber }),
    row_number: rowNumber,
    source_identifier: row.sourceIdentifier,
    target_type: types.get(targetOrdinal) ?? null,
    target_id: row.targetId,
    import_action: row.action,
    outcome: row.outcome,
    reason: row.reason,
    superseded_by_job_id: row.supersededBy,
    created_at: moment(row.at),
  }));
}
