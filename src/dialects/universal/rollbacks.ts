import { z } from 'zod';
import { MAX_BATCH_SIZE } from '../../domain/job.ts';
import { UNDO_OUTCOMES, UNDOABLE_ACTIONS } from '../../domain/rollback.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryValue } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import {
  newRollbackAnswer,
  presentNewRollback,
  presentRollback,
  presentRows,
  rollbackAnswer,
  undoneRowAnswer,
} from './present-rollback.ts';

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
      status: 201,
      answers: newRollbackAnswer,
      subject: 'Import job',
      body,
      act: ({ actor, params, body: asked }) => rollbacks.create(actor, params.id, asked),
      present: (created) => ({
        body: { message: 'Rollback job created successfully', rollback_job: presentNewRollback(created) },
      }),
    }),
    guarded('get', '/rollback/:id/status', {
      ...SHARED,
      summary: 'How a rollback stands.',
      status: 200,
      answers: rollbackAnswer,
      subject: 'Rollback job',
      act: ({ actor, params }) => rollbacks.get(actor, params.id),
      present: (view) => ({ body: { rollback_job: presentRollback(view) } }),
    }),
    guarded('get', '/rollback/:id/records', {
      ...SHARED,
      summary: 'Lists what a rollback did to each row.',
      status: 200,
      answers: pageOf(undoneRowAnswer),
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
