import type { Counters } from './counters.ts';
import type { JobKind, JobStatus } from './job.ts';

/**
 * The durable event log. A row is written in the transaction that changes the state it tells of, so an event exists
 * exactly when its fact does. Progress is no event: it is read from the checkpoints while somebody watches.
 */
export const EVENT_TYPES = [
  'job.created',
  'job.started',
  'job.paused',
  'job.resumed',
  'job.completed',
  'job.failed',
  'job.cancelled',
  'job.validated',
  'job.rolled_back',
  'profile.created',
  'profile.updated',
  'profile.deleted',
  'template.applied',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface DomainEvent {
  /** Increasing within the log; a client that was away asks for what is after the last one it saw. */
  readonly id: number;
  readonly tenantId: string;
  readonly type: EventType;
  readonly jobId: string | null;
  readonly profileId: string | null;
  /** The user it concerns: who started the job, or who changed the profile. */
  readonly userId: string | null;
  readonly at: Date;
  /** Facts safe to show to everybody who may see the job or profile; never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a progress relay reads of a job and sends on, throttled; the last one of a job is exact. */
export interface JobProgress {
  readonly jobId: string;
  readonly jobNumber: number;
  readonly tenantId: string;
  readonly profileId: string | null;
  readonly userId: string | null;
  /** The migration job it belongs to. */
  readonly migrationId: string | null;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly operation: string | null;
  readonly total: number | null;
  readonly counters: Counters;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}
