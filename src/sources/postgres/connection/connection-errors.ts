import { inspect } from 'node:util';
import pg from 'pg';
import { AppError } from '../../../domain/errors.ts';
import { networkFailure, systemCode } from '../../../platform/network-failure.ts';
import { serverWords } from './server-words.ts';
import type { SpokenOf } from './server-words.ts';

/** Classes of SQLSTATE that tell of the connection or the server's condition, not of what was asked. */
const UNREACHABLE = /^(08|28|3D|53|57|58|F0|XX)|^40001$|^25P03$/;

/** SQLSTATE that an absent connection has, for failures that happened before the server could give one. */
const CONNECTION_FAILURE = '08006';

/** The parts of a failed connection as it is told to people: `details` of the AppError that carries it. */
export interface ConnectionFailure {
  readonly success: false;
  /** `Connection failed: …` */
  readonly message: string;
  /** What went wrong, in the server's or the system's words. */
  readonly error: string;
}

/** An error of opening a connection as `source_unreachable`; its details are a `ConnectionFailure` and `sqlState`. */
export function connectionFailed(error: unknown, target: SpokenOf & { host: string; port: number }): AppError {
  const { sqlState, words, timeout } = readFailure(error, target);
  const message = timeout
    ? 'Connection failed: could not connect to server'
    : `Connection failed: SQLSTATE[${sqlState}]`;
  return new AppError('source_unreachable', message, {
    details: { success: false, message, error: words, sqlState },
    ...causeOf(error, target),
  });
}

/**
 * An error of a query on an open connection: `source_unreachable` when the connection or the server failed (a later
 * try may succeed), else `source_rejected`. Details: `success`, `message`, `error`, `sqlState`, `position`.
 */
export function queryFailed(error: unknown, about: SpokenOf): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof pg.DatabaseError) {
    const sqlState = error.code ?? 'XX000';
    const words = serverWords(error.message, sqlState, about);
    const code = UNREACHABLE.test(sqlState) ? 'source_unreachable' : 'source_rejected';
    const message = code === 'source_unreachable' ? `Connection failed: SQLSTATE[${sqlState}]` : words;
    const position = error.position === undefined ? null : Number(error.position);
    return new AppError(code, message, {
      details: { success: false, message, error: words, sqlState, position },
      ...causeOf(error, about),
    });
  }
  const message = `Connection failed: SQLSTATE[${CONNECTION_FAILURE}]`;
  const words = 'server closed the connection unexpectedly';
  return new AppError('source_unreachable', message, {
    details: { success: false, message, error: words, sqlState: CONNECTION_FAILURE, position: null },
    cause: error,
  });
}

/** A connection that stopped answering: `source_unreachable` with the given words. */
export function connectionLost(words: string): AppError {
  const message = `Connection failed: SQLSTATE[${CONNECTION_FAILURE}]`;
  return new AppError('source_unreachable', message, {
    details: { success: false, message, error: words, sqlState: CONNECTION_FAILURE, position: null },
  });
}

/** The failure an AppError of this file tells, in the form both connection tests answer with. */
export function connectionFailureOf(error: AppError): ConnectionFailure {
  const words = error.details['error'];
  return { success: false, message: error.message, error: typeof words === 'string' ? words : error.message };
}

function readFailure(
  error: unknown,
  target: SpokenOf & { host: string; port: number },
): { sqlState: string; words: string; timeout: boolean } {
  if (error instanceof pg.DatabaseError) {
    const sqlState = error.code ?? CONNECTION_FAILURE;
    return { sqlState, words: serverWords(error.message, sqlState, target), timeout: false };
  }
  if (error instanceof AppError || systemCode(error) !== null) {
    const { message, details } = networkFailure(error, target.host, target.port);
    // Only these repeat what a server said: its certificate.
    const words = /certificate/iu.test(message) ? serverWords(message, CONNECTION_FAILURE, target) : message;
    return { sqlState: CONNECTION_FAILURE, words, timeout: details['errno'] === 'ETIMEDOUT' };
  }
  const told = error instanceof Error ? error.message : 'could not connect to server';
  return { sqlState: CONNECTION_FAILURE, words: serverWords(told, CONNECTION_FAILURE, target), timeout: false };
}

/** A cause is kept for the log, unless the password is anywhere in it. */
function causeOf(error: unknown, { password }: SpokenOf): { cause?: unknown } {
  return password !== '' && inspect(error, { depth: 5 }).includes(password) ? {} : { cause: error };
}
