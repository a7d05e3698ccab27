import type { Counters } from './counters.ts';
import { JOB_KINDS, JOB_STATUSES } from './job.ts';
import type { JobKind, JobStatus } from './job.ts';

/** How a job stood when an event of the log was written; null is what the event does not know. */
export interface JobFacts {
  readonly kind: JobKind | null;
  readonly status: JobStatus | null;
  readonly operation: string | null;
  /** Exact in events of its end. */
  readonly counters: Counters | null;
  readonly total: number | null;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The migration job it belongs to. */
  readonly migrationId: string | null;
}

/** The facts in the data of a job's event; a value that is not what it should be is one that is not known. */
export function jobFactsOf(data: Readonly<Record<string, unknown>>): JobFacts {
  const [counters, error] = [parts(data['counters']), parts(data['error'])];
  const [code, message] = [text(error?.['code']), text(error?.['message'])];
  return {
    kind: oneOf(JOB_KINDS, data['kind']),
    status: oneOf(JOB_STATUSES, data['status']),
    operation: text(data['operation']),
    counters: counters && {
      created: number(counters['created']) ?? 0,
      updated: number(counters['updated']) ?? 0,
      skipped: number(counters['skipped']) ?? 0,
      failed: number(counters['failed']) ?? 0,
      duplicates: number(counters['duplicates']) ?? 0,
    },
    total: number(data['total']),
    startedAt: text(data['startedAt']),
    completedAt: text(data['completedAt']),
    error: code === null || message === null ? null : { code, message },
    migrationId: text(data['migrationId']),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null;
}

function parts(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}
