import type { AppError, ErrorCode } from '../../domain/errors.ts';
import { mistakesOf } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';

/** The document prints 400 and 404; the others are those that Laravel, which it is written for, would use. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  validation: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  wrong_state: 400,
  too_large: 413,
  rate_limited: 429,
  source_unreachable: 422,
  source_rejected: 422,
  superseded: 409,
  stopped: 503,
  unavailable: 503,
  internal: 500,
};

/** An error as Laravel shows it: `{message}`, with `errors` by field where an input broke its rules. */
export function presentError(error: AppError): Wire {
  const status = STATUS[error.code];
  if (error.code === 'internal') return { status, body: { message: 'Server Error' } };
  if (error.code !== 'validation') return { status, body: { message: error.message } };
  const errors = mistakesOf(error);
  const sentences = Object.values(errors).flat();
  const more = sentences.length - 1;
  const rest = more === 0 ? '' : ` (and ${more} more error${more === 1 ? '' : 's'})`;
  return { status, body: { message: `${sentences[0] ?? error.message}${rest}`, errors } };
}
