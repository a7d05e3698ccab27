import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/workflow';

/**
 * An error as the workflow is to take it. An activity that is to stop is not tried again when its attempt fails, or its
 * worker dies, before it has heard of that: then the failure is all that comes of the cancellation.
 */
export function asCancellation(error: unknown): unknown {
  if (!(error instanceof ActivityFailure) || error.retryState !== RetryState.CANCEL_REQUESTED) return error;
  return new CancelledFailure('What was to stop has failed before it heard of it.', [], error);
}

/** Why a job failed, as it is shown: the code that the activity's error carried, and in sentences what was wrong. */
export function failureOf(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) {
    return { code: 'internal', message: cause instanceof Error ? cause.message : String(cause) };
  }
  const mistakes = mistakesOf(cause);
  return { code: cause.type ?? 'internal', message: mistakes.length > 0 ? mistakes.join(' ') : cause.message };
}

/** Shown at the most; whoever corrects these finds the others where he corrects them. */
const MISTAKES = 10;

/** The single mistakes of an input that was refused: see `invalid`. */
function mistakesOf({ details }: ApplicationFailure): string[] {
  const [facts] = details ?? [];
  if (typeof facts !== 'object' || facts === null || !('fields' in facts)) return [];
  const { fields } = facts;
  if (typeof fields !== 'object' || fields === null) return [];
  const sentences = Object.values(fields).flat();
  return sentences.filter((sentence) => typeof sentence === 'string').slice(0, MISTAKES);
}
