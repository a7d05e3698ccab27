import { ApplicationFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import { AppError } from '../src/domain/errors.ts';
import { beginAttempt, countFailure } from '../src/store/queries/jobs/directory-jobs.ts';
import type { ActivityDeps } from './deps.ts';
import { isServerTrouble } from './failing-step.ts';

/** The pause before the second attempt; each that follows is twice as long. */
const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 60;

/**
 * One attempt at a step of a job that has a number of retries. A failure is counted, and Temporal is told when to try
 * again, or that it was the last one. What is no failure of the job is not counted and tried again as for every job: a
 * worker that died, the store being away, another attempt having taken over.
 */
export async function countedAttempt<T>(deps: ActivityDeps, jobId: string, attempt: () => Promise<T>): Promise<T> {
  await beginAttempt(deps.orm.em.fork(), jobId);
  try {
    return await attempt();
  } catch (error) {
    throw await failureOf(deps, jobId, error);
  }
}

/** What is thrown for an error that an attempt ended with. */
export async function failureOf({ orm }: ActivityDeps, jobId: string, error: unknown): Promise<unknown> {
  if (!counts(error)) return error;
  const code = error instanceof AppError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  const counted = await countFailure(orm.em.fork(), jobId, message);
  if (counted === null) return error;
  const { failures, retries } = counted;
  const pause = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1));
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: failures > retries,
    nextRetryDelay: `${pause} seconds`,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function counts(error: unknown): boolean {
  if (error instanceof AppError) return error.code !== 'superseded' && error.code !== 'stopped';
  if (error instanceof DatabaseError) return !isServerTrouble(error);
  // What a folder's file system refuses names a path.
  return error instanceof Error && 'path' in error;
}
