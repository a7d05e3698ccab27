import type { AppError } from '../../domain/errors.ts';
import { mistakesOf } from '../../domain/errors.ts';
import type { Wire } from '../dialect.ts';
import { HTTP_STATUS } from '../http-status.ts';

/** The document prints no errors: they are as its origin, a FastAPI application, shows them: `{detail}` with a sentence, or with every field's mistakes and where they are. */
export function presentError(error: AppError): Wire {
  const status = HTTP_STATUS[error.code];
  if (error.code === 'internal') return { status, body: { detail: 'Internal server error' } };
  if (error.code !== 'validation') return { status, body: { detail: error.message } };
  const detail = Object.entries(mistakesOf(error)).flatMap(([field, sentences]) =>
    sentences.map((msg) => ({ loc: ['body', ...field.split('.')], msg, type: 'value_error' })),
  );
  return { status, body: { detail } };
}
