import type { LogMetadata, Logger as SdkLogger, LogLevel as SdkLevel } from '@temporalio/worker';
import type { Logger } from '../src/platform/logger.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What the SDK logs, as lines of ours. Failures that the activity interceptor has told already are for debugging only. */
export function sdkLogger(logger: Logger): SdkLogger {
  const log = (level: SdkLevel, message: string, meta?: LogMetadata): void => {
    logger[toldBefore(message, meta) ? 'debug' : LEVELS[level]](shown(meta), message);
  };
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

/**
 * The SDK tells a failure twice more: as the activity's, and as that of the workflow which it ended. Errors come out of
 * a workflow's thread as copies without their class.
 */
function toldBefore(message: string, meta: LogMetadata | undefined): boolean {
  const error: unknown = meta?.['error'];
  if (message === 'Activity failed') return true;
  return message === 'Workflow failed' && error instanceof Error && error.message.startsWith('Activity task failed');
}

/** What the SDK tells of an event without the activity's token, by which anybody could end it in its worker's name. */
function shown(meta: LogMetadata | undefined): object {
  return { ...meta, taskToken: undefined };
}
