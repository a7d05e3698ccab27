import type { AppError, ErrorCode } from '../../domain/errors.ts';
import { mistakesOf } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';

/** The document prints no errors; statuses are those its origin, a FastAPI application, would use. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  validation: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  wrong_state: 409,
  too_large: 413,
  rate_limited: 429,
  source_unreachable: 422,
  source_rejected: 422,
  superseded: 409,
  stopped: 503,
  unavailable: 503,
  internal: 500,
};

/** An error as FastAPI shows it: `{detail}` with a sentence, or with every field's mistakes and where they are. */
export function presentError(error: AppError): Wire {
  const status = STATUS[error.code];
  if (error.code === 'internal') return { status, body: { detail: 'Internal server error' } };
  if (error.code !== 'validation') return { status, body: { detail: error.message } };
  const detail = Object.entries(mistakesOf(error)).flatMap(([field, sentences]) =>
    sentences.map((msg) => ({ loc: ['body', ...field.split('.')], msg, type: 'value_error' })),
  );
  return { status, body: { detail } };
}
