import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';
import { currentRequestId } from './request-context.ts';

export type { Logger } from 'pino';

/** How much is logged, from everything to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Keys whose values never reach a log, wherever they stand in the first three levels of what is logged. */
const SECRET_KEYS = [
  'password',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'authorization',
  'cookie',
  'connectionString',
  'clientUrl',
  'DATABASE_URL',
  'LADING_SECRET_KEY',
  'LADING_ADMIN_PASSWORD',
];

const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);

/** Where lines go; standard output unless a test wants to read them. */
export interface LogSink {
  write(line: string): void;
}

/**
 * A logger of JSON lines: `time` in ISO 8601 UTC, `level` as a word, `component` the process it speaks for, and the
 * request that is being answered, if one is.
 */
export function createLogger(component: string, level: LogLevel, sink?: LogSink): Logger {
  const options = {
    level,
    base: { component, pid: process.pid },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    mixin: requestFields,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: safeError, error: safeError },
    redact: { paths: REDACTED_PATHS, censor: '[secret]' },
  };
  return sink === undefined ? pino(options) : pino(options, sink);
}

/** Whatever is logged while a request is answered says which. */
function requestFields(): { requestId?: string } {
  const requestId = currentRequestId();
  return requestId === null ? {} : { requestId };
}

/**
 * A connection URL may hide in any driver's message: its password is cut out before the line is written. Bytes that an
 * error carries are left out: Node's HTTP parser adds the request it could not read, `Authorization` and all.
 */
function safeError(error: Error): unknown {
  const text = JSON.stringify(stdSerializers.err(error), (_key, value: unknown) =>
    isBytes(value) ? '[bytes]' : value,
  );
  return text === undefined ? error : (JSON.parse(hideUrlPasswords(text)) as unknown);
}

/** Whether a value is what `Buffer#toJSON` makes. */
function isBytes(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

/** Replaces the password of every URL in a text by `[secret]`. */
export function hideUrlPasswords(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s@/"']+@/giu, '$1:[secret]@');
}
