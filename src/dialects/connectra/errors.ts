import { AppError, mistakesOf } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';

/** Every error of this dialect: its HTTP status, and what it means. Mistakes of an input are 400, as its origin answers them. */
export const CONNECTRA_ERRORS = {
  ERR_EMPTY_PAYLOAD: { status: 400, means: 'Data array is empty' },
  ERR_BATCH_TOO_LARGE: { status: 400, means: 'Batch size exceeds limit (10,000 rows)' },
  ERR_PAGE_SIZE_EXCEEDED: { status: 400, means: 'Page size too large (100 rows)' },
  ERR_MISSING_JOB_TYPE: { status: 400, means: 'Job type not provided' },
  ERR_MISSING_FILENAME: { status: 400, means: 'Filename query param missing' },
  ERR_MISSING_JOB_DATA: { status: 400, means: 'The data a job of this type needs are not provided' },
  ERR_INVALID_RETRY_COUNT: { status: 400, means: 'The retry count is no whole number from 0 to 100' },
  ERR_UNKNOWN_JOB_TYPE: { status: 400, means: 'A job type that there is not' },
  ERR_UNKNOWN_STATUS: { status: 400, means: 'A job status that there is not' },
  ERR_UNKNOWN_SERVICE: { status: 400, means: 'The service is neither contact nor company' },
  ERR_UNKNOWN_FILTER_KEY: { status: 400, means: 'A filter, or a word of the query language, that there is not' },
  ERR_UNKNOWN_COLUMN: { status: 400, means: 'A column that there is not' },
  ERR_BAD_CURSOR: { status: 400, means: 'The cursor is of no row in this order' },
  ERR_INVALID_QUERY: { status: 400, means: 'The query is wrong in some other way' },
  ERR_INVALID_ROW: { status: 400, means: 'Rows of a batch that cannot be taken; none of the batch was' },
  ERR_VALIDATION: { status: 400, means: 'The input is wrong in some other way' },
  ERR_BAD_REQUEST: { status: 400, means: 'The body is not JSON, or the request cannot be read' },
  ERR_UNAUTHORIZED: { status: 401, means: 'No token, or a bad one' },
  ERR_FORBIDDEN: { status: 403, means: 'The token does not permit this' },
  ERR_NOT_FOUND: { status: 404, means: 'There is no such thing, or it is somebody else’s' },
  ERR_METHOD_NOT_ALLOWED: { status: 405, means: 'The path knows other methods' },
  ERR_CONFLICT: { status: 409, means: 'It cannot be done as things are now' },
  ERR_PAYLOAD_TOO_LARGE: { status: 413, means: 'The body has too many bytes' },
  ERR_IDEMPOTENCY_KEY: { status: 422, means: 'The Idempotency-Key was used for another request' },
  ERR_RATE_LIMITED: { status: 429, means: 'Too many requests' },
  ERR_INTERNAL: { status: 500, means: 'A failure of ours' },
  ERR_UNAVAILABLE: { status: 503, means: 'The service is not available just now' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly means: string }>>;

export type ConnectraError = keyof typeof CONNECTRA_ERRORS;

/** What the platform's errors are called here, where they have no name of their own. */
const NAMES: Readonly<Record<ErrorCode, ConnectraError>> = {
  bad_request: 'ERR_BAD_REQUEST',
  validation: 'ERR_VALIDATION',
  unauthenticated: 'ERR_UNAUTHORIZED',
  forbidden: 'ERR_FORBIDDEN',
  not_found: 'ERR_NOT_FOUND',
  method_not_allowed: 'ERR_METHOD_NOT_ALLOWED',
  conflict: 'ERR_CONFLICT',
  wrong_state: 'ERR_CONFLICT',
  too_large: 'ERR_PAYLOAD_TOO_LARGE',
  rate_limited: 'ERR_RATE_LIMITED',
  source_unreachable: 'ERR_VALIDATION',
  source_rejected: 'ERR_VALIDATION',
  superseded: 'ERR_CONFLICT',
  stopped: 'ERR_UNAVAILABLE',
  unavailable: 'ERR_UNAVAILABLE',
  internal: 'ERR_INTERNAL',
};

/** A mistake of the input under its own name. */
export function namedMistake(name: ConnectraError, message: string): AppError {
  return new AppError('validation', message, { details: { name } });
}

/** An error as the document prints errors: `{success:false, error:"ERR_CODE: description"}`. */
export function presentError(error: AppError): Wire {
  const given = error.details['name'];
  const name = isName(given)
    ? given
    : 'Idempotency-Key' in mistakesOf(error)
      ? 'ERR_IDEMPOTENCY_KEY'
      : NAMES[error.code];
  const prefix = `${name}: `;
  const text = name === 'ERR_VALIDATION' || name === 'ERR_IDEMPOTENCY_KEY' ? sentences(error) : error.message;
  return {
    status: CONNECTRA_ERRORS[name].status,
    body: { success: false, error: text.startsWith(prefix) ? text : prefix + text },
  };
}

function isName(name: unknown): name is ConnectraError {
  return typeof name === 'string' && Object.hasOwn(CONNECTRA_ERRORS, name);
}

/** All of an input's mistakes, in the one text there is for them. */
function sentences(error: AppError): string {
  const told = Object.values(mistakesOf(error)).flat();
  return told.length === 0 ? error.message : told.join(' ');
}
