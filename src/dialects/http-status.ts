import type { ErrorCode } from '../domain/errors.ts';

/**
 * The HTTP status of each error code (RFC 9110 and RFC 6585), where a dialect's document does not say otherwise; total,
 * so that a new code does not compile until it has one.
 */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
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
