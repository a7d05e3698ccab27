import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

/** Why a job failed, as it is shown: the code and sentence that the activity's error carried. */
export function failureOf(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'internal', message: cause.message };
  return { code: 'internal', message: cause instanceof Error ? cause.message : String(cause) };
}
