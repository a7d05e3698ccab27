import { z } from 'zod';
import { MAX_BULK_RECORDS } from '../../domain/bulk.ts';
import { addCounters, NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import { IMPORT_MODES, MAX_BATCH_SIZE } from '../../domain/job.ts';
import { RECORD_ACTIONS } from '../../domain/record.ts';
import { REVIEW_STATUSES } from '../../domain/review.ts';
import type { BulkReport } from '../../engine/bulk/bulk-jobs.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route, Wire } from '../dialect.ts';
import { guarded } from '../route.ts';
import { text, uuid } from '../inputs.ts';
import { presentJob } from './present-job.ts';

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
      body: approveBody,
      act: ({ actor, body, signal }) => bulk.approve(actor, body, signal),
      present: (report) =>
        present('approve', 'approved', report, report.approved, {
          approved: report.approved,
          left_pending: report.done ? report.accepted - report.approved : null,
          ...sums(report),
        }),
    }),
    guarded('post', '/records/bulk/reject', {
      ...SHARED,
      summary: 'Decides of records that wait for a person that they do not come in.',
      body: rejectBody,
      act: ({ actor, body }) => bulk.reject(actor, body),
      present: (report) => present('reject', 'rejected', report, report.accepted, { rejected: report.accepted }),
    }),
    guarded('post', '/records/bulk/retry', {
      ...SHARED,
      summary: 'Tries failed records again, read from the source anew.',
      body: retryBody,
      act: ({ actor, body, signal }) => bulk.retry(actor, body, signal),
      present: (report) => {
        const counts = sums(report);
        return present('retry', 'retried', report, counts.created + counts.updated + counts.skipped, counts);
      },
    }),
    guarded('delete', '/records/bulk', {
      ...SHARED,
      summary: 'Deletes records and undoes what they did to the target.',
      body: deleteBody,
      act: ({ actor, body, signal }) => bulk.delete(actor, body, signal),
      present: (report) => {
        const { marked, outcomes } = report;
        const deleted = marked + outcomes.reversed;
        return present('delete', 'deleted', report, deleted, { deleted, rolled_back: outcomes.reversed, outcomes });
      },
    }),
  ];
}

function present(verb: string, done: string, report: BulkReport, count: number, counts: object): Wire {
  const jobs = report.jobs.map(presentJob);
  const unchanged = { ...report.refusals, ...(report.notFound > 0 && { not_found: report.notFound }) };
  return {
    status: report.done ? 200 : 202,
    body: {
      message: messageOf(verb, done, report, count),
      selected: report.selected,
      accepted: report.accepted,
      ...counts,
      unchanged,
      job: jobs.length === 1 ? jobs[0] : null,
      jobs,
    },
  };
}

function messageOf(verb: string, done: string, { accepted, done: ended }: BulkReport, count: number): string {
  if (accepted === 0) return `There was nothing to ${verb} among these records`;
  if (!ended) return `Import records are being ${done}`;
  return count >= accepted ? `Import records ${done} successfully` : `${count} of ${accepted} import records ${done}`;
}

/** What the jobs have done so far. */
function sums({ jobs }: BulkReport): Pick<Counters, 'created' | 'updated' | 'skipped' | 'failed'> {
  const { created, updated, skipped, failed } = jobs.reduce((sum, job) => addCounters(sum, job.counters), NO_ROWS);
  return { created, updated, skipped, failed };
}
