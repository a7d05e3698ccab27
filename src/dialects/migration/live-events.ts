import { z } from 'zod';
import { NO_ROWS, processed } from '../../domain/counters.ts';
import type { DomainEvent, JobProgress } from '../../domain/event.ts';
import { jobFactsOf } from '../../domain/job-facts.ts';
import type { JobFacts } from '../../domain/job-facts.ts';
import { MIGRATION_ERROR_TYPES, NO_ERRORS, rowCounts } from '../../domain/migration.ts';
import type { MigrationStatus } from '../../domain/migration.ts';
import { MANAGERS, oneUser } from '../events.ts';
import type { Delivery, DialectEvents } from '../events.ts';
import { percentOf, STATUS_DISPLAY } from './words.ts';

const count = z.number().catch(0);

const validatedFacts = z.object({
  migrationId: z.string(),
  total: count,
  rows: z.object({ valid: count, invalid: count }),
  errors: z.array(
    z.object({
      rowNumber: z.number(),
      type: z.enum(MIGRATION_ERROR_TYPES),
      field: z.string().nullable(),
      message: z.string(),
      value: z.string().nullable(),
    }),
  ),
  summary: z.record(z.enum(MIGRATION_ERROR_TYPES), count).catch(NO_ERRORS),
  starts: z.boolean(),
});

/**
 * The real-time words of document 004, said to the owner of a migration job and to the owners and admins of his tenant,
 * who need not subscribe anything.
 */
export const migrationEvents: DialectEvents = {
  name: 'migration',
  ofEvent,
  ofProgress,
  topicOf: () => null,
  ownChannels: () => [],
};

/** Rows that were processed beyond a hundred are told with the next hundred, or with the end. */
const PROGRESS_ROWS = 100;

function ofProgress({ migrationId, kind, userId, counters, total }: JobProgress): readonly Delivery[] {
  if (migrationId === null || kind !== 'import' || total === null) return [];
  const rows = processed(counters);
  const told = rows - (rows % PROGRESS_ROWS);
  // All of them are told by the end, whose last word on progress is exact.
  if (told === 0 || rows >= total) return [];
  return [{ rooms: rooms(userId), event: 'migration:progress', payload: progress(migrationId, told, total) }];
}

function ofEvent(event: DomainEvent): readonly Delivery[] {
  if (event.type === 'job.validated') return validated(event);
  const facts = jobFactsOf(event.data);
  const { kind, migrationId } = facts;
  if (migrationId === null) return [];
  switch (event.type) {
    case 'job.created':
      return kind === 'import' ? [statusChanged(event, migrationId, 'pending')] : [];
    case 'job.started':
      if (kind === 'validate') return [statusChanged(event, migrationId, 'validating')];
      return kind === 'import' ? [statusChanged(event, migrationId, 'importing')] : [];
    case 'job.completed':
      return kind === 'import' ? ended(event, migrationId, facts, isTaken(facts) ? 'completed' : 'failed') : [];
    case 'job.failed':
    case 'job.cancelled':
      if (kind === 'validate') return [statusChanged(event, migrationId, 'failed')];
      return kind === 'import' ? ended(event, migrationId, facts, 'failed') : [];
    case 'job.rolled_back':
      return [statusChanged(event, migrationId, 'rolled_back')];
    default:
      return [];
  }
}

function validated(event: DomainEvent): Delivery[] {
  const { success, data } = validatedFacts.safeParse(event.data);
  if (!success) return [];
  const { migrationId, total, rows: found, errors, summary, starts } = data;
  const payload = {
    event_id: event.id,
    job_id: migrationId,
    // Rows that are right are brought in, whatever the others are.
    is_valid: found.valid > 0,
    total_rows: total,
    valid_rows: found.valid,
    invalid_rows: found.invalid,
    errors: errors.map(({ rowNumber, field, type, message, value }) => ({
      row_number: rowNumber,
      field_name: field,
      error_type: type,
      error_message: message,
      received_value: value,
    })),
    error_summary: { ...NO_ERRORS, ...summary },
    can_proceed: found.valid > 0,
  };
  return [
    { rooms: rooms(event.userId), event: 'migration:validated', payload },
    ...(starts ? [] : [statusChanged(event, migrationId, 'pending')]),
  ];
}

/** The last word on a job's progress stands before its end, and is as exact. */
function ended(event: DomainEvent, migrationId: string, facts: JobFacts, status: 'completed' | 'failed'): Delivery[] {
  const { counters, total, startedAt, completedAt } = facts;
  const { processed: rows, valid, invalid } = rowCounts(counters ?? NO_ROWS);
  const from = Date.parse(startedAt ?? '');
  const seconds = (Date.parse(completedAt ?? '') - from) / 1000;
  const to = rooms(event.userId);
  return [
    {
      rooms: to,
      event: 'migration:progress',
      payload: { event_id: event.id, ...progress(migrationId, rows, total ?? rows) },
    },
    {
      rooms: to,
      event: 'migration:completed',
      payload: {
        event_id: event.id,
        job_id: migrationId,
        status,
        imported: valid,
        failed: invalid,
        duration_seconds: Number.isFinite(seconds) ? Math.round(seconds) : 0,
      },
    },
    statusChanged(event, migrationId, status),
  ];
}

/** An import of which no row could be taken has failed. */
function isTaken({ counters }: JobFacts): boolean {
  const { valid, invalid } = rowCounts(counters ?? NO_ROWS);
  return valid > 0 || invalid === 0;
}

function statusChanged(event: DomainEvent, migrationId: string, status: MigrationStatus): Delivery {
  const payload = { event_id: event.id, job_id: migrationId, status, status_display: STATUS_DISPLAY[status] };
  return { rooms: rooms(event.userId), event: 'migration:status', payload };
}

function progress(migrationId: string, rows: number, total: number): Readonly<Record<string, unknown>> {
  return { job_id: migrationId, processed: rows, total, progress_percentage: percentOf(rows, total) };
}

function rooms(userId: string | null): string[] {
  return [...(userId === null ? [] : [oneUser(userId)]), MANAGERS];
}
