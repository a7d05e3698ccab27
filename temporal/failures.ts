import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { AppError } from '../src/domain/errors.ts';
import type { ErrorCode } from '../src/domain/errors.ts';

/** Errors that trying again cannot mend: the input or the state is wrong, not the moment. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'bad_request',
  'validation',
  'forbidden',
  'not_found',
  'conflict',
  'wrong_state',
  'too_large',
  'source_rejected',
]);

/** What an activity throws, as Temporal carries it: the error's code becomes the failure's type. */
export function toFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (!(error instanceof AppError)) return error;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: FINAL.has(error.code) || error.details['final'] === true,
    details: [error.details],
    cause: error,
  });
}
