import { z } from 'zod';
import { IMPORT_MODES } from '../../domain/job.ts';
import { recordId, RECORD_ACTIONS } from '../../domain/record.ts';
import { REVIEW_STATUSES } from '../../domain/review.ts';
import type { Engine } from '../../engine/index.ts';
import type { ListedRecord } from '../../engine/records/list-records.ts';
import { instant, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { queryValue, text, uuid } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
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

const matchAnswer = z.object({
  confidence: z.number(),
  matched_value: perhaps(z.string()),
  weight: z.number().optional(),
});

const recordAnswer = z
  .object({
    id: z.uuid(),
    import_job_id: z.uuid(),
    import_profile_id: perhaps(z.uuid()),
    source_table: z.string(),
    source_identifier: perhaps(z.string()),
    source_hash: perhaps(z.string()),
    row_number: z.int().min(1),
    attempt: z.int(),
    target_type: z.string(),
    target_id: perhaps(z.string()),
    import_action: z.enum(RECORD_ACTIONS),
    import_mode: z.enum(IMPORT_MODES),
    matching_rules: perhaps(
      z.object({
        strategy: z.enum(['exact', 'fuzzy']),
        primary_fields: z.array(z.string()),
        confidence_threshold: z.number(),
      }),
    ),
    matching_fields: perhaps(z.record(z.string(), matchAnswer)),
    confidence: perhaps(z.number()),
    duplicate_of: perhaps(z.string()),
    error_message: perhaps(z.string()),
    review_status: perhaps(z.enum(REVIEW_STATUSES)),
    field_mappings: z.record(z.string(), z.string()),
    created_at: instant,
    deleted_at: perhaps(instant),
  })
  .meta({
    examples: [
      {
        id: '00000000-0001-8000-8000-000000000001',
        import_job_id: '0198c0de-0000-7000-8000-000000000001',
        import_profile_id: '0198c0de-0000-7000-8000-000000000002',
        source_table: 'customers',
        source_identifier: '12345',
        source_hash: 'sha256-hash',
        row_number: 1,
        attempt: 1,
        target_type: 'customer_users',
        target_id: '0198c0de-0000-7000-8000-000000000003',
        import_action: 'created',
        import_mode: 'upsert',
        matching_rules: { strategy: 'fuzzy', primary_fields: ['email'], confidence_threshold: 85 },
        matching_fields: { email: { confidence: 92.5, matched_value: 'john.doe@company.com' } },
        confidence: 92.5,
        duplicate_of: null,
        error_message: null,
        review_status: null,
        field_mappings: { external_id: 'customers.id', email: 'emails.email' },
        created_at: '2025-08-21T10:15:30Z',
        deleted_at: null,
      },
    ],
  });

/** The ledger: what became of each source row. */
export function recordRoutes({ jobs }: Pick<Engine, 'jobs'>): readonly Route[] {
  return [
    guarded('get', '/analytics/records', {
      permission: 'system.import',
      limit: 'jobs',
      summary: 'Lists what became of source rows, newest job first.',
      status: 200,
      answers: pageOf(recordAnswer),
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
export function presentRecord({ record, job, target }: ListedRecord): Presented<typeof recordAnswer> {
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

function presentMatch([field, match]: [string, Match]): [string, Presented<typeof matchAnswer>] {
  const { confidence, matchedValue, weight } = match;
  return [field, { confidence, matched_value: matchedValue, ...(weight === undefined ? {} : { weight }) }];
}
