import type { AppError } from '../../domain/errors.ts';
import { mistakesOf } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';
import { HTTP_STATUS } from '../http-status.ts';

/** The document answers 400 to a retry of a run that has no failed rows, and so to what cannot be done now. */
const STATUS = { ...HTTP_STATUS, wrong_state: 400 };

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
