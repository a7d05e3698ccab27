import { AppError } from '../domain/errors.ts';
import type { Dialect, Wire } from './dialect.ts';

/** SQLSTATE classes and system codes that say the store cannot be reached, rather than that we asked it wrongly. */
const OUT_OF_REACH = /^(?:08...|53...|57P0.|ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN)$/u;

/** What the driver says of a session that is lost, or was not to be had in time; it has no codes for that. */
const LOST = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'timeout exceeded when trying to connect',
]);

/** Whatever was thrown as an error with a code: what nobody foresaw is `internal` and says nothing of its cause. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return isOutOfReach(thrown)
    ? new AppError('unavailable', 'The service is not available just now.', { cause: thrown })
    : new AppError('internal', 'Internal server error.', { cause: thrown });
}

/** A failure in the dialect's form, with the headers its code asks for whatever the dialect. */
export function wireOfError(dialect: Dialect, error: AppError): Wire {
  const wire = dialect.presentError(error);
  return { ...wire, headers: { ...headersOf(error), ...wire.headers } };
}

function headersOf({ code, details }: AppError): Record<string, string> {
  switch (code) {
    case 'unauthenticated':
      return { 'WWW-Authenticate': 'Bearer' };
    case 'method_not_allowed':
      return { Allow: String(details['allow']) };
    case 'rate_limited':
      return limitHeaders(details);
    case 'unavailable':
      return { 'Retry-After': '5' };
    default:
      return {};
  }
}

/** How somebody stands with a limit, as headers; parts that are not known are left out. */
export function limitHeaders(allowance: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers = {
    'X-RateLimit-Limit': allowance['limit'],
    'X-RateLimit-Remaining': allowance['remaining'],
    'X-RateLimit-Reset': allowance['resetAt'],
    'Retry-After': allowance['retryAfter'],
  };
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'number' ? [[name, String(value)]] : [])),
  );
}

function isOutOfReach(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (LOST.has(thrown.message)) return true;
  if ('code' in thrown && typeof thrown.code === 'string') return OUT_OF_REACH.test(thrown.code);
  return isOutOfReach(thrown.cause);
}
