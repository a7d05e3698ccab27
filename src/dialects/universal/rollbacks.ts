import { z } from 'zod';
import { estimateCompletion, percentage } from '../../domain/counters.ts';
import { MAX_BATCH_SIZE } from '../../domain/job.ts';
import { recordId } from '../../domain/record.ts';
import { UNDO_OUTCOMES, UNDOABLE_ACTIONS } from '../../domain/rollback.ts';
import type { RollbackOptions } from '../../domain/rollback.ts';
import type { Engine } from '../../engine/index.ts';
import type { RollbackView, UndoneRows } from '../../engine/rollbacks/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryValue } from '../inputs.ts';
import { meta, paging } from './paging.ts';
import { moment } from './words.ts';

const body = z
  .object({
    rollback_options: z
      .object({
        target_actions: z.array(z.enum(UNDOABLE_ACTIONS)).min(1).max(UNDOABLE_ACTIONS.length).optional(),
        preserve_relationships: z.boolean().optional(),
        batch_size: z.number().int().min(1).max(MAX_BATCH_SIZE).optional(),
        dry_run: z.boolean().optional(),
      })
      .nullish(),
    confirmation: z
      .object({ understood_consequences: z.boolean().optional(), backup_created: z.boolean().optional() })
      .nullish(),
  })
  .transform(({ rollback_options: asked, confirmation }) => ({
    options: {
      ...(asked?.target_actions && { targetActions: [...new Set(asked.target_actions)] }),
      ...(asked?.preserve_relationships !== undefined && { preserveRelationships: asked.preserve_relationships }),
      ...(asked?.batch_size !== undefined && { batchSize: asked.batch_size }),
      ...(asked?.dry_run !== undefined && { dryRun: asked.dry_run }),
    },
    confirmation: {
      understoodConsequences: confirmation?.understood_consequences === true,
      backupCreated: confirmation?.backup_created === true,
    },
  }));

const recordsQuery = z.object({ outcome: queryValue(z.enum(UNDO_OUTCOMES)), ...paging(25) });

const SHARED = { permission: 'system.import', limit: 'jobs', params: idParams } as const;

/** Undoing jobs: document 000, "Import Rollback Functionality". */
export function rollbackRoutes({ rollbacks }: Pick<Engine, 'rollbacks'>): readonly Route[] {
  return [
    guarded('post', '/jobs/:id/rollback', {
      ...SHARED,
      summary: 'Undoes what a job did, as far as nobody has changed it since.',
      subject: 'Import job',
      body,
      act: ({ actor, params, body: asked }) => rollbacks.create(actor, params.id, asked),
      present: ({ job, options, batchSize, estimatedRecords }) => ({
        status: 201,
        body: {
          message: 'Rollback job created successfully',
          rollback_job: {
            id: job.id,
            original_job_id: job.parentJobId,
            status: job.status,
            estimated_records: estimatedRecords,
            rollback_options: presentOptions(options, batchSize),
            created_at: moment(job.createdAt),
          },
        },
      }),
    }),
    guarded('get', '/rollback/:id/status', {
      ...SHARED,
      summary: 'How a rollback stands.',
      subject: 'Rollback job',
      act: ({ actor, params }) => rollbacks.get(actor, params.id),
      present: (view) => ({ body: { rollback_job: presentRollback(view) } }),
    }),
    guarded('get', '/rollback/:id/records', {
      ...SHARED,
      summary: 'Lists what a rollback did to each row.',
      subject: 'Rollback job',
      query: recordsQuery,
      act: ({ actor, params, query }) =>
        rollbacks.rows(actor, params.id, {
          outcome: query.outcome ?? null,
          page: query.page,
          perPage: query.per_page,
        }),
      present: (found, { query }) => ({ body: { data: presentRows(found), meta: meta(query, found.total) } }),
    }),
  ];
}

function presentOptions(options: RollbackOptions, batchSize: number): object {
  return {
    target_actions: options.targetActions,
    preserve_relationships: options.preserveRelationships,
    batch_size: batchSize,
    dry_run: options.dryRun,
  };
}

function presentRollback({ job, options, outcomes, untouched, now }: RollbackView): object {
  const kept = outcomes.kept_edited + outcomes.kept_referenced + outcomes.kept_superseded;
  const done = outcomes.reversed + kept + outcomes.failed;
  const total = job.estimatedTotal ?? null;
  const { startedAt } = job;
  const ends = job.status === 'running' && startedAt ? estimateCompletion(startedAt, now, done, total) : null;
  return {
    id: job.id,
    original_job_id: job.parentJobId,
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

function presentRows({ rollback, importNumber, rows }: UndoneRows): object[] {
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
