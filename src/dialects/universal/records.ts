import { z } from 'zod';
import { recordId, RECORD_ACTIONS } from '../../domain/record.ts';
import { REVIEW_STATUSES } from '../../domain/review.ts';
import type { Engine } from '../../engine/index.ts';
import type { ListedRecord } from '../../engine/records/list-records.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { queryValue, text, uuid } from '../inputs.ts';
import { meta, paging } from './paging.ts';
import { moment } from './words.ts';

const flag = z.enum(['true', 'false', '1', '0']).transform((given) => given === 'true' || given === '1');

const recordsQuery = z.object({
  job_id: queryValue(uuid),
  import_action: queryValue(z.enum(RECORD_ACTIONS)),
  target_type: queryValue(text()),
  has_duplicates: queryValue(flag),
  confidence_min: queryValue(z.coerce.number().min(0).max(100)),
  review_status: queryValue(z.enum(REVIEW_STATUSES)),
  ...paging(25),
});

/** The ledger: what became of each source row. */
export function recordRoutes({ jobs }: Pick<Engine, 'jobs'>): readonly Route[] {
  return [
    guarded('get', '/analytics/records', {
      permission: 'system.import',
      limit: 'jobs',
      summary: 'Lists what became of source rows, newest job first.',
      query: recordsQuery,
      act: ({ actor, query }) =>
        jobs.records(actor, {
          jobId: query.job_id,
          action: query.import_action,
          targetType: query.target_type,
          hasDuplicates: query.has_duplicates,
          confidenceMin: query.confidence_min,
          reviewStatus: query.review_status,
          page: query.page,
          perPage: query.per_page,
        }),
      present: ({ rows, total }, { query }) => ({ body: { data: rows.map(presentRecord), meta: meta(query, total) } }),
    }),
  ];
}

/** A record as document 000 prints it; its row number, attempt and review besides. */
export function presentRecord({ record, job, target }: ListedRecord): object {
  const { duplicateDetection: detection, importMode } = job.mode;
  const matched = matchedShape.parse(record.matched);
  return {
    id: recordId(record),
    import_job_id: job.id,
    import_profile_id: job.profileId ?? null,
    source_table: target.query.baseTable,
    source_identifier: record.sourceIdentifier,
    source_hash: record.sourceHash,
    row_number: record.rowNumber,
    attempt: record.attempt,
    target_type: target.spec.type,
    target_id: record.targetId,
    import_action: record.action,
    import_mode: importMode,
    matching_rules: detection.enabled
      ? {
          strategy: detection.strategy,
          primary_fields: detection.primaryFields,
          confidence_threshold: detection.confidenceThreshold,
        }
      : null,
    matching_fields: matched && Object.fromEntries(Object.entries(matched.fields).map(presentMatch)),
    confidence: matched && matched.confidence,
    duplicate_of: record.duplicateOf,
    error_message: record.error,
    review_status: record.reviewStatus,
    field_mappings: Object.fromEntries(target.query.fields.map((field) => [field.target, field.source])),
    created_at: moment(record.createdAt),
    deleted_at: moment(record.deletedAt),
  };
}

/** What the matching writes down with a record. */
const matchedShape = z
  .object({
    confidence: z.number(),
    fields: z.record(
      z.string(),
      z.object({
        confidence: z.number(),
        matchedValue: z.string().nullable().default(null),
        weight: z.number().optional(),
      }),
    ),
  })
  .nullable()
  .catch(null);

type Match = NonNullable<z.infer<typeof matchedShape>>['fields'][string];

function presentMatch([field, { confidence, matchedValue, weight }]: [string, Match]): [string, object] {
  return [field, { confidence, matched_value: matchedValue, ...(weight === undefined ? {} : { weight }) }];
}
