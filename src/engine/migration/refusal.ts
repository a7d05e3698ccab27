import { AppError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { MigrationRefusal } from '../../domain/migration.ts';

const CODES: Partial<Record<MigrationRefusal, ErrorCode>> = {
  unreadable: 'source_rejected',
  missing_columns: 'source_rejected',
  mapping: 'bad_request',
  too_many: 'rate_limited',
};

/** What cannot be done with a migration job or its file: facts for the dialect, and a sentence for everybody else. */
export function refuse(
  refusal: MigrationRefusal,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): AppError {
  return new AppError(CODES[refusal] ?? 'wrong_state', message, { details: { refusal, ...details } });
}
