import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { AppError, mistakesOf } from '../../src/domain/errors.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { toFailure } from '../failures.ts';

/** Logs what each activity attempt came to and gives its errors the form that Temporal carries. */
export function activityInterceptor(logger: Logger): ActivityInterceptorsFactory {
  return (context: Context) => ({ inbound: inbound(context, logger) });
}

function inbound(context: Context, logger: Logger): ActivityInboundCallsInterceptor {
  const { activityType, attempt, workflowExecution } = context.info;
  const about = { activity: activityType, attempt, job: workflowExecution?.workflowId };
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        if (error instanceof CancelledFailure) logger.info(about, 'activity stopped');
        else logger.warn({ ...about, ...told(error) }, 'activity failed');
        throw toFailure(error);
      }
    },
  };
}

/** An expected failure is told in its own words; of a bug, where it happened. */
function told(error: unknown): object {
  if (!(error instanceof AppError) || error.code === 'internal') return { err: error };
  const { code, message, details } = error;
  const words = details['error'];
  const reason = typeof words === 'string' && !message.includes(words) ? `${message}: ${words}` : message;
  return { code, reason, ...(code === 'validation' ? { mistakes: mistakesOf(error) } : {}) };
}
