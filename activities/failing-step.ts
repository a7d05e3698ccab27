import { TemporalFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import { AppError } from '../src/domain/errors.ts';
import { systemCode } from '../src/platform/network-failure.ts';
import { countStepFailure } from '../src/store/queries/jobs/step-failures.ts';
import type { FailedStep } from '../src/store/queries/jobs/step-failures.ts';
import type { ActivityDeps } from './deps.ts';

/** How often a step may fail by an error of ours at the same place: 20 seconds at the least, by the pauses between attempts. */
export const MOST_FAILURES = 10;

/**
 * SQLSTATE classes that speak of the server, or of what others do in it, and not of what was asked: connection, a session
 * that was ended for its silence, deadlocks, locks, resources, shutdown.
 */
const OUTAGE_CLASSES = new Set(['08', '25', '40', '53', '55', '57', '58']);

/** What a host that is away, or a machine that has run out of something, answers; it passes. */
const OUTAGE_CODES = new Set(
  (
    'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH EADDRNOTAVAIL ENOTFOUND EAI_AGAIN ' +
    'ENOSPC EDQUOT EMFILE ENFILE EIO'
  ).split(' '),
);

/** Whether an error of the store speaks of its server alone. */
export function isServerTrouble({ code }: DatabaseError): boolean {
  return OUTAGE_CLASSES.has(code?.slice(0, 2) ?? '');
}

/**
 * What is thrown for an error of a step: the error itself, which Temporal has tried again. One of ours, which comes each
 * time, ends the job at its tenth attempt at the same place, by an error that says so. What passes is waited for: a store or
 * source that is away, a worker that died.
 */
export async function failureAt(
  { orm }: ActivityDeps,
  { jobId, step, place }: Omit<FailedStep, 'place'> & { readonly place: () => string | Promise<string> },
  error: unknown,
): Promise<unknown> {
  if (passes(error)) return error;
  try {
    const at = await place();
    const failures = await countStepFailure(orm.em.fork(), { jobId, step, place: at });
    if (failures < MOST_FAILURES) return error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The import gave up after ${failures} attempts that all failed at the same place, ${at}: ${reason}`;
    return new AppError('internal', message, { details: { final: true }, cause: error });
  } catch {
    // The store is away, which may be all that was wrong.
    return error;
  }
}

function passes(error: unknown): boolean {
  // A cancellation, or a failure of which it was decided already what is to become of it.
  if (error instanceof TemporalFailure) return true;
  // All others are waited for, or end a job by themselves.
  if (error instanceof AppError) return error.code !== 'internal';
  if (error instanceof DatabaseError) return isServerTrouble(error);
  if (error instanceof AggregateError) return error.errors.some(passes);
  if (!(error instanceof Error)) return false;
  if (OUTAGE_CODES.has(systemCode(error) ?? '')) return true;
  // A bucket that has trouble of its own says so.
  if ('$fault' in error && error.$fault === 'server') return true;
  return error.cause !== undefined && passes(error.cause);
}
