import { AppError } from '../src/domain/errors.ts';

/** SQLSTATE classes that no waiting mends: wrong credentials, and a database that does not exist. */
const FINAL_CLASSES = new Set(['28', '3D']);

/** Whether a source that could not be reached is worth another try. */
export function mayRecover(error: AppError): boolean {
  const { sqlState, reason } = error.details;
  return reason !== 'outbound_refused' && !(typeof sqlState === 'string' && FINAL_CLASSES.has(sqlState.slice(0, 2)));
}

/** The error that ends a job whose source stays away: it is not tried again, and says in full what was wrong. */
export function sourceGivenUp(error: AppError): AppError {
  const { error: words } = error.details;
  const message = typeof words === 'string' ? `${error.message}: ${words}` : error.message;
  return new AppError('source_unreachable', message, { details: { ...error.details, final: true }, cause: error });
}
