import { z } from 'zod';
import { estimateCompletion, percentage, processed } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import type { DomainEvent, JobProgress } from '../../domain/event.ts';
import { JOB_KINDS, JOB_STATUSES } from '../../domain/job.ts';
import type { JobStatus } from '../../domain/job.ts';
import { jobFactsOf } from '../../domain/job-facts.ts';

import { count, instant, perhaps, problem } from '../answer-shapes.ts';

const jobAnswer = z.object({
  event_id: z.int(),
  event_type: z.string(),
  job_id: z.uuid(),
  profile_id: perhaps(z.uuid()),
  kind: perhaps(z.enum(JOB_KINDS)),
  status: perhaps(z.enum(JOB_STATUSES)),
  progress_percentage: z.int().min(0).max(100),
  current_operation: perhaps(z.string()),
  records_processed: count,
  records_imported: count,
  records_updated: count,
  records_skipped: count,
  records_failed: count,
  records_duplicates: count,
  estimated_total: perhaps(count),
  started_at: perhaps(instant),
  completed_at: perhaps(instant),
  duration: perhaps(count),
  errors: perhaps(z.array(problem)),
  timestamp: instant,
});

const profileAnswer = z
  .looseObject({
    event_id: z.int(),
    event_type: z.string(),
    profile_id: perhaps(z.uuid()),
    user_id: perhaps(z.uuid()),
    timestamp: instant,
  })
  .describe('Of a profile; with what there is to tell of it besides.');

/** What `jobPayload` and `profilePayload` tell. */
export const payloadAnswer = z.union([jobAnswer.describe('Of a job, as it stood then.'), profileAnswer]);

/** What is told in this dialect, as JSON. */
export type EventPayload = Readonly<Record<string, unknown>>;

/** `job.completed` as this dialect writes it: `job_completed`. */
export function eventType(event: DomainEvent): string {
  return event.type.replaceAll('.', '_');
}

/** The payload of `import.job.status.changed`: how the job stood when this was committed. */
export function jobPayload(event: DomainEvent): EventPayload {
  const facts = jobFactsOf(event.data);
  return {
    event_id: event.id,
    event_type: eventType(event),
    job_id: event.jobId,
    profile_id: event.profileId,
    kind: facts.kind,
    status: facts.status,
    ...progressFields(facts.status, facts.counters, facts.total, facts.operation),
    started_at: facts.startedAt,
    completed_at: facts.completedAt,
    duration: seconds(dateOf(facts.startedAt), dateOf(facts.completedAt) ?? event.at),
    errors: facts.error === null ? null : [facts.error],
    timestamp: event.at.toISOString(),
  };
}

/** The payload of `import.profile.updated` and `import.template.applied`. */
export function profilePayload(event: DomainEvent): EventPayload {
  return {
    ...snakeCase(event.data),
    event_id: event.id,
    event_type: eventType(event),
    profile_id: event.profileId,
    user_id: event.userId,
    timestamp: event.at.toISOString(),
  };
}

/** The payload of `import.progress.updated`. */
export function progressPayload(progress: JobProgress, now: Date): EventPayload {
  const { counters, startedAt, completedAt, status, total } = progress;
  const running = status === 'running' && startedAt !== null;
  const completion = running ? estimateCompletion(startedAt, now, processed(counters), total) : null;
  return {
    job_id: progress.jobId,
    profile_id: progress.profileId,
    status,
    ...progressFields(status, counters, total, progress.operation),
    started_at: startedAt?.toISOString() ?? null,
    duration: seconds(startedAt, completedAt ?? now),
    estimated_completion: completion?.toISOString() ?? null,
    timestamp: now.toISOString(),
  };
}

/** The exact progress an event of the log knows of, in the form of `progressPayload`; null when it knows none. */
export function progressOfEvent(event: DomainEvent): EventPayload | null {
  const facts = jobFactsOf(event.data);
  if (facts.counters === null || facts.status === null) return null;
  return {
    job_id: event.jobId,
    profile_id: event.profileId,
    status: facts.status,
    ...progressFields(facts.status, facts.counters, facts.total, facts.operation),
    started_at: facts.startedAt,
    duration: seconds(dateOf(facts.startedAt), dateOf(facts.completedAt) ?? event.at),
    estimated_completion: null,
    timestamp: event.at.toISOString(),
  };
}

function progressFields(
  status: JobStatus | null,
  known: Counters | null,
  total: number | null,
  operation: string | null,
): EventPayload {
  const rows = known ?? { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 };
  return {
    progress_percentage: percentage(processed(rows), total, status === 'completed'),
    current_operation: operation,
    records_processed: processed(rows),
    records_imported: rows.created + rows.updated,
    records_updated: rows.updated,
    records_skipped: rows.skipped,
    records_failed: rows.failed,
    records_duplicates: rows.duplicates,
    estimated_total: total,
  };
}

function dateOf(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}

/** Whole seconds between two moments; null before the first. */
function seconds(from: Date | null, to: Date): number | null {
  return from === null ? null : Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}

/** The facts of an event under the names of this dialect: `connectionStatus` is `connection_status` here. */
function snakeCase(facts: EventPayload): EventPayload {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
