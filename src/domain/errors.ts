/**
 * What can go wrong with a request or a job, as codes. A dialect turns each code into its own status, body and
 * language; Temporal carries it as `ApplicationFailure.type`. Problems of single rows are no errors: see `RowIssue`.
 */
export const ERROR_CODES = [
  'bad_request',
  'validation',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'wrong_state',
  'too_large',
  'rate_limited',
  'source_unreachable',
  'source_rejected',
  'superseded',
  'stopped',
  'unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Facts of an error, safe to show: no secret and no stack is ever put here. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Mistakes of an input by field path (`options.batch_size`, `fields.1.source`), each with full sentences. */
export type FieldMistakes = Readonly<Record<string, readonly string[]>>;

/** An expected failure with a code, a complete English sentence and facts; anything else that is thrown is a bug. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** An input that breaks its rules; every mistake is named at once. */
export function invalid(fields: FieldMistakes, message = 'Validation failed'): AppError {
  return new AppError('validation', message, { details: { fields } });
}

/** Something that does not exist or belongs to another tenant: the two are never told apart. */
export function notFound(what: string): AppError {
  return new AppError('not_found', `${what} not found`);
}

/** Something that cannot be done in the state things are in, such as pausing a finished job. */
export function wrongState(message: string, details: ErrorDetails = {}): AppError {
  return new AppError('wrong_state', message, { details });
}

/** The field mistakes an error carries, or none. */
export function mistakesOf(error: AppError): FieldMistakes {
  const fields = error.details['fields'];
  return typeof fields === 'object' && fields !== null ? (fields as FieldMistakes) : {};
}

/** Ends an exhaustive `switch`: does not compile while a case is missing. */
export function absurd(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
