import { mistakesOf } from '../../domain/errors.ts';
import type { AppError, ErrorCode } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';

interface Form {
  readonly status: number;
  readonly body?: (error: AppError) => object;
}

/** How each code looks on the wire; total, so that a new code does not compile until it has a form here. */
const FORMS: Readonly<Record<ErrorCode, Form>> = {
  bad_request: { status: 400 },
  // Document 000 counts an invalid status among the bad requests.
  wrong_state: { status: 400, body: wrongState },
  validation: { status: 422, body: (error) => ({ message: error.message, errors: mistakesOf(error) }) },
  unauthenticated: { status: 401 },
  forbidden: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  conflict: { status: 409 },
  superseded: { status: 409 },
  too_large: { status: 413 },
  rate_limited: { status: 429 },
  source_unreachable: { status: 422, body: connectionError },
  source_rejected: { status: 422, body: refusedQuery },
  stopped: { status: 503 },
  unavailable: { status: 503 },
  // What went wrong inside is for the log alone.
  internal: { status: 500, body: () => ({ message: 'Internal server error' }) },
};

/** An error as document 000 prints errors: `{message}`, with `errors` by field or a `connection_error`. */
export function presentError(error: AppError): Wire {
  const { status, body } = FORMS[error.code];
  return { status, body: body ? body(error) : { message: error.message } };
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
