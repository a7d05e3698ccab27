import { AppError } from '../../domain/errors.ts';

/** Why a file is not taken, for programs; the message says it to people. */
export type RefusalReason =
  | 'not_this_format'
  | 'other_format'
  | 'encrypted'
  | 'damaged'
  | 'no_table'
  | 'no_such_sheet'
  | 'several_files'
  | 'nested_archive'
  | 'unknown_encoding'
  | 'suspicious';

/** A file of which nothing can be read, or which is made to do harm. `facts` are shown as they are. */
export function refuseFile(
  reason: RefusalReason,
  message: string,
  options: { facts?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
): AppError {
  const details = { reason, ...options.facts };
  return new AppError('source_rejected', message, {
    details,
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** A file that would take more room or memory than any file may. */
export function tooLarge(message: string, facts: Readonly<Record<string, unknown>> = {}): AppError {
  return new AppError('too_large', message, { details: facts });
}

/** Text of a file in a message: at most 100 characters, without control characters. */
export function shown(text: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain;
}
