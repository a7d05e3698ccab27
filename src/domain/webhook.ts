import { NO_ROWS, NOTHING_TAKEN, processed, tookNothing } from './counters.ts';
import type { EventType } from './event.ts';
import { jobFactsOf } from './job-facts.ts';
import type { JobFacts } from './job-facts.ts';
import type { JobKind } from './job.ts';

/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = ['import.started', 'import.completed', 'import.failed', 'import.cancelled'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** The kinds of job that bring rows in: of these webhooks are told. */
export const TOLD_KINDS: readonly JobKind[] = ['import', 'retry'];

/**
 * What an event of the log is called in a webhook; undefined for those that webhooks are not told of. An import that took
 * no row is failed there, as document 003 shows it.
 */
export function webhookEventOf(type: EventType, data: Readonly<Record<string, unknown>>): WebhookEvent | undefined {
  const name = NAMES[type];
  return name === 'import.completed' && tookNothing(jobFactsOf(data).counters ?? NO_ROWS) ? 'import.failed' : name;
}

const NAMES: Partial<Record<EventType, WebhookEvent>> = {
  'job.started': 'import.started',
  'job.completed': 'import.completed',
  'job.failed': 'import.failed',
  'job.cancelled': 'import.cancelled',
};

/** `pending` is on its way; `failed` was given up, and can be sent again by hand. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why a webhook is told nothing any more: its owner said so, its server did (410), or it failed for too long. */
export type DisabledReason = 'switched_off' | 'gone' | 'failing';

/**
 * Seconds before each attempt at a delivery, after the one before it.
 * Source: Standard Webhooks 1.0.0, "Deliverability and reliability", example retry schedule.
 */
export const RETRY_SCHEDULE: readonly number[] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Days of nothing but failures after which a webhook is switched off. */
export const FAILING_DAYS = 5;

/** The longest pause that a server's `Retry-After` is followed for, in seconds: the schedule's own longest. */
export const MAX_RETRY_AFTER = 86_400;

export const MAX_WEBHOOK_URL = 2_000;

/** What is wrong with an address to send to, as a sentence, or null. Whether it may be reached is seen when it is. */
export function urlMistake(url: string): string | null {
  if (url.length > MAX_WEBHOOK_URL) return `The url must not be longer than ${MAX_WEBHOOK_URL} characters.`;
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) {
    return 'The url must be an absolute http or https address.';
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return 'The url must not hold a user name or password: check the signature of what you receive instead.';
  }
  return parsed.hash === '' ? null : 'The url must not have a fragment.';
}

/** What a webhook's secret is sealed for. */
export function secretBinding(webhook: { id: string; tenantId: string }) {
  return { tenantId: webhook.tenantId, recordId: webhook.id, purpose: 'webhook.secret' };
}

/** How the job stood when an event was written, and what else is told of it. */
export interface ToldJob extends JobFacts {
  readonly jobId: string;
  readonly profileId: string | null;
  readonly importerId: string | null;
  /** What the page said that showed the widget; null for every other import. */
  readonly context: unknown;
  readonly createdAt: string;
}

/** The body of a delivery: the same bytes whenever it is sent. */
export function messageOf(type: WebhookEvent, at: Date, job: ToldJob): string {
  const counters = job.counters ?? NO_ROWS;
  const failed = type === 'import.failed';
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    data: {
      id: job.jobId,
      job_id: job.jobId,
      profile_id: job.profileId,
      importer_id: job.importerId,
      context: job.context,
      kind: job.kind,
      status: failed ? 'failed' : job.status,
      row_count: job.total,
      processed_rows: processed(counters),
      created_count: counters.created,
      updated_count: counters.updated,
      skipped_count: counters.skipped,
      error_count: counters.failed,
      error: job.error ?? (failed ? NOTHING_TAKEN : null),
      created_at: job.createdAt,
      started_at: job.startedAt,
      completed_at: job.completedAt,
    },
  });
}
