import { z } from 'zod';
import { instant, perhaps, problem } from '../answer-shapes.ts';
import { findingsAnswer } from '../present-findings.ts';
import { IMPORTER_FIELD_TYPES } from '../../domain/importer.ts';
import { DELIVERY_STATUSES, WEBHOOK_EVENTS } from '../../domain/webhook.ts';

/** A page of a list, and how many there are in all. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), total: z.int() });

export const tokensAnswer = z
  .object({ access_token: z.string(), refresh_token: z.string(), token_type: z.literal('bearer') })
  .meta({
    examples: [{ access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...', refresh_token: '…', token_type: 'bearer' }],
  });

const field = z.object({
  name: z.string(),
  label: perhaps(z.string()).optional(),
  type: z.enum(IMPORTER_FIELD_TYPES),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  values: perhaps(z.array(z.string())).optional(),
  default: z.unknown().optional(),
  aliases: perhaps(z.array(z.string())).optional(),
  validations: perhaps(
    z.array(z.object({ rule: z.string(), value: z.unknown().optional(), errorMessage: z.string().optional() })),
  ).optional(),
});

/** The document's own example of a new importer. */
export const NEW_IMPORTER_EXAMPLE = {
  name: 'Customer Import',
  description: 'Import customer data',
  schema: {
    fields: [
      { name: 'name', label: 'Name', type: 'string', required: true },
      {
        name: 'email',
        label: 'Email',
        type: 'string',
        required: true,
        validations: [{ rule: 'email', errorMessage: 'Invalid email format' }],
      },
    ],
  },
};

export const importerAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  description: perhaps(z.string()),
  schema: z.object({ fields: z.array(field) }),
  slug: z.string(),
  version: z.int(),
  key: z.array(z.string()),
  duplicates: z.string(),
  newer_by: perhaps(z.string()),
  source: z.looseObject({ type: z.string() }),
  target: z.string(),
  mapping: z.record(z.string(), perhaps(z.string())),
  public_key: z.uuid(),
  created_at: instant,
  updated_at: instant,
});

export const importAnswer = z
  .object({
    id: z.uuid(),
    job_id: z.uuid(),
    importer_id: perhaps(z.uuid()),
    status: z.enum(['pending', 'processing', 'completed', 'failed', 'cancelled']),
    file_name: perhaps(z.string()),
    row_count: perhaps(z.int()),
    row_count_kind: perhaps(z.enum(['exact', 'estimated'])),
    processed_rows: z.int(),
    error_count: z.int(),
    created_count: z.int(),
    updated_count: z.int(),
    skipped_count: z.int(),
    context: perhaps(z.record(z.string(), z.unknown())),
    error: perhaps(problem),
    created_at: instant,
    updated_at: instant,
    started_at: perhaps(instant),
    completed_at: perhaps(instant),
  })
  .meta({
    examples: [
      {
        id: '550e8400-e29b-41d4-a716-446655440001',
        job_id: '550e8400-e29b-41d4-a716-446655440001',
        importer_id: '550e8400-e29b-41d4-a716-446655440000',
        status: 'processing',
        file_name: 'customers.csv',
        row_count: 1000,
        row_count_kind: 'exact',
        processed_rows: 450,
        error_count: 2,
        created_count: 448,
        updated_count: 0,
        skipped_count: 0,
        context: null,
        error: null,
        created_at: '2025-05-01T16:28:23.382Z',
        updated_at: '2025-05-01T16:30:45.123Z',
        started_at: '2025-05-01T16:28:23.512Z',
        completed_at: null,
      },
    ],
  });

export const wholeImportAnswer = importAnswer.extend({ columns: perhaps(findingsAnswer) });

/** The document's own example of a new webhook. */
export const NEW_WEBHOOK_EXAMPLE = {
  url: 'https://your-app.com/webhook',
  events: ['import.completed', 'import.failed'],
  description: 'Notification webhook for import events',
};

export const webhookAnswer = z.object({
  id: z.uuid(),
  url: z.url(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: perhaps(z.string()),
  active: z.boolean(),
  disabled_reason: perhaps(z.string()),
  failing_since: perhaps(instant),
  created_at: instant,
  updated_at: instant,
});

export const newWebhookAnswer = webhookAnswer.extend({ secret: z.string() }).meta({
  examples: [
    {
      id: '550e8400-e29b-41d4-a716-446655440002',
      ...NEW_WEBHOOK_EXAMPLE,
      active: true,
      disabled_reason: null,
      failing_since: null,
      created_at: '2025-05-01T16:28:23.382Z',
      updated_at: '2025-05-01T16:28:23.382Z',
      secret: 'whsec_abcdefghijklmnopqrstuvwxyz',
    },
  ],
});

export const deliveryAnswer = z.object({
  id: z.uuid(),
  webhook_id: z.uuid(),
  event: z.enum(WEBHOOK_EVENTS),
  event_id: z.int(),
  status: z.enum(DELIVERY_STATUSES),
  attempt_count: z.int(),
  next_attempt_at: perhaps(instant),
  response_status: perhaps(z.int()),
  error: perhaps(z.string()),
  created_at: instant,
  finished_at: perhaps(instant),
  attempts: z.array(
    z.object({
      number: z.int(),
      at: instant,
      duration_ms: z.int(),
      response_status: perhaps(z.int()),
      error: perhaps(z.string()),
    }),
  ),
});

export const embeddedAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  description: perhaps(z.string()),
  fields: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      label: z.string().optional(),
      type: z.string(),
      required: z.boolean(),
      validators: z.array(z.looseObject({ type: z.string() })),
      options: z.array(z.string()).optional(),
    }),
  ),
  include_unmatched_columns: z.boolean(),
  filter_invalid_rows: z.boolean(),
  disable_on_invalid_rows: z.boolean(),
});

export const suggestionsAnswer = z.object({
  success: z.boolean(),
  mappings: z.array(z.object({ uploadIndex: z.int(), templateKey: z.string(), confidence: z.number() })),
});

export const transformAnswer = z.object({
  success: z.literal(false),
  changes: z.array(z.never()),
  summary: z.literal(''),
  error: z.string(),
});

export const processAnswer = z.object({ success: z.boolean(), job_id: z.uuid() });
