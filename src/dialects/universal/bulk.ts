import { z } from 'zod';
import { MAX_BULK_RECORDS } from '../../domain/bulk.ts';
import { IMPORT_MODES, MAX_BATCH_SIZE } from '../../domain/job.ts';
import { RECORD_ACTIONS } from '../../domain/record.ts';
import { REVIEW_STATUSES } from '../../domain/review.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { text, uuid } from '../inputs.ts';
import {
  approvedAnswer,
  deletedAnswer,
  presentApproved,
  presentDeleted,
  presentRejected,
  presentRetried,
  rejectedAnswer,
  retriedAnswer,
} from './present-bulk.ts';

/** A million ids and what is around them. */
const BODY_LIMIT = 48 * 1024 * 1024;

const criteria = z
  .object({
    job_id: uuid.nullish(),
    import_action: z.enum(RECORD_ACTIONS).nullish(),
    target_type: text().nullish(),
    has_duplicates: z.boolean().nullish(),
    confidence_min: z.number().min(0).max(100).nullish(),
    review_status: z.enum(REVIEW_STATUSES).nullish(),
  })
  .transform((given) => ({
    jobId: given.job_id ?? undefined,
    action: given.import_action ?? undefined,
    targetType: given.target_type ?? undefined,
    hasDuplicates: given.has_duplicates ?? undefined,
    confidenceMin: given.confidence_min ?? undefined,
    reviewStatus: given.review_status ?? undefined,
  }));

const selection = {
  record_ids: z.array(uuid).min(1).max(MAX_BULK_RECORDS).nullish(),
  criteria: criteria.nullish(),
};

interface Selected {
  readonly record_ids?: readonly string[] | null | undefined;
  readonly criteria?: z.infer<typeof criteria> | null | undefined;
}

/** Criteria that say nothing are none: nobody means all records there are. */
function selects({ record_ids: ids, criteria: asked }: Selected): boolean {
  return Boolean(ids) || Object.values(asked ?? {}).some((value) => value !== undefined);
}

const SELECTS_NOTHING = { path: ['record_ids'], message: 'Name the records by record_ids, by criteria or by both.' };

function toSelection({ record_ids: ids, criteria: asked }: Selected) {
  return { recordIds: ids ?? null, criteria: asked ?? null };
}

const approveBody = z
  .object({
    ...selection,
    options: z
      .object({ create_missing_targets: z.boolean().optional(), update_existing_targets: z.boolean().optional() })
      .nullish()
      .transform((given) => ({
        create: given?.create_missing_targets ?? true,
        update: given?.update_existing_targets ?? true,
      }))
      .refine(({ create, update }) => create || update, {
        path: ['create_missing_targets'],
        message: 'Of create_missing_targets and update_existing_targets one has to be true: nothing could be written.',
      }),
  })
  .refine(selects, SELECTS_NOTHING)
  .transform((given) => ({ ...toSelection(given), approval: given.options }));

const rejectBody = z.object(selection).refine(selects, SELECTS_NOTHING).transform(toSelection);

const retryBody = z
  .object({
    ...selection,
    retry_options: z
      .object({
        import_mode: z.enum(IMPORT_MODES).optional(),
        skip_duplicates: z.boolean().optional(),
        batch_size: z.number().int().min(1).max(MAX_BATCH_SIZE).optional(),
      })
      .nullish(),
  })
  .refine(selects, SELECTS_NOTHING)
  .transform(({ retry_options: asked, ...given }) => ({
    ...toSelection(given),
    mode: {
      ...(asked?.import_mode !== undefined && { importMode: asked.import_mode }),
      ...(asked?.skip_duplicates !== undefined && { skipDuplicates: asked.skip_duplicates }),
    },
    ...(asked?.batch_size !== undefined && { batchSize: asked.batch_size }),
  }));

const deleteBody = z
  .object({
    ...selection,
    rollback_options: z
      .object({
        rollback_target_records: z.boolean().optional(),
        preserve_relationships: z.boolean().optional(),
        create_audit_log: z.boolean().optional(),
      })
      .nullish(),
  })
  .refine(selects, SELECTS_NOTHING)
  .transform(({ rollback_options: asked, ...given }) => ({
    ...toSelection(given),
    rollbackTargetRecords: asked?.rollback_target_records ?? true,
    preserveRelationships: asked?.preserve_relationships ?? true,
    auditEach: asked?.create_audit_log ?? false,
  }));

const SHARED = { permission: 'system.import', limit: 'jobs', bodyLimit: BODY_LIMIT } as const;

/** Many records at once: document 000, "Bulk Operations on Import Records". */
export function bulkRoutes({ bulk }: Pick<Engine, 'bulk'>): readonly Route[] {
  return [
    guarded('post', '/records/bulk/approve', {
      ...SHARED,
      summary: 'Lets in records that an import skipped or held for a person: creates them or merges them.',
      answers: approvedAnswer,
      body: approveBody,
      act: ({ actor, body, signal }) => bulk.approve(actor, body, signal),
      present: presentApproved,
    }),
    guarded('post', '/records/bulk/reject', {
      ...SHARED,
      summary: 'Decides of records that wait for a person that they do not come in.',
      answers: rejectedAnswer,
      body: rejectBody,
      act: ({ actor, body }) => bulk.reject(actor, body),
      present: presentRejected,
    }),
    guarded('post', '/records/bulk/retry', {
      ...SHARED,
      summary: 'Tries failed records again, read from the source anew.',
      answers: retriedAnswer,
      body: retryBody,
      act: ({ actor, body, signal }) => bulk.retry(actor, body, signal),
      present: presentRetried,
    }),
    guarded('delete', '/records/bulk', {
      ...SHARED,
      summary: 'Deletes records and undoes what they did to the target.',
      answers: deletedAnswer,
      body: deleteBody,
      act: ({ actor, body, signal }) => bulk.delete(actor, body, signal),
      present: presentDeleted,
    }),
  ];
}
