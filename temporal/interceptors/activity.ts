import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
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
        else logger.warn({ ...about, err: error }, 'activity failed');
        throw toFailure(error);
      }
    },
  };
}
