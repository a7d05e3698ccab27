import { mistakesOf } from '../../domain/errors.ts';
import type { AppError, ErrorCode } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';
import { HTTP_STATUS } from '../http-status.ts';

/** Document 000 counts an invalid status among the bad requests. */
const STATUS = { ...HTTP_STATUS, wrong_state: 400 };

/** Bodies that say more than a message. */
const BODIES: Partial<Record<ErrorCode, (error: AppError) => object>> = {
  wrong_state: wrongState,
  validation: (error) => ({ message: error.message, errors: mistakesOf(error) }),
  source_unreachable: connectionError,
  source_rejected: refusedQuery,
  // What went wrong inside is for the log alone.
  internal: () => ({ message: 'Internal server error' }),
};

/** An error as document 000 prints errors: `{message}`, with `errors` by field or a `connection_error`. */
export function presentError(error: AppError): Wire {
  return { status: STATUS[error.code], body: BODIES[error.code]?.(error) ?? { message: error.message } };
}

function wrongState(error: AppError): object {
  const { runningJobs } = error.details;
  return { message: error.message, ...(typeof runningJobs === 'number' ? { running_jobs: runningJobs } : {}) };
}

/** The connection is fine; what the source was asked is not. */
function refusedQuery(error: AppError): object {
  return { message: 'Validation failed', errors: { query: [`The source refuses this: ${error.message}.`] } };
}

function connectionError(error: AppError): object {
  const words = error.details['error'];
  return {
    message: 'Connection test failed',
    connection_error: {
      success: false,
      message: error.message,
      error: typeof words === 'string' ? words : error.message,
    },
  };
}
