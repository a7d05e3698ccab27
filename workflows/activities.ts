import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { rowQueue } from './task-queue.ts';

/**
 * Short steps in the store. They are retried for as long as it takes: a job outlives its database's restarts. One whose
 * worker died is repeated after ten seconds: a run of a schedule that stands still lets the ones after it be skipped.
 */
export const { beginJob, nextWork, changeStatus, finishJob, createScheduledJob, placeJob } =
  proxyActivities<Activities>({
    startToCloseTimeout: '10 seconds',
    retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });

/** One attempt to reach a webhook, which has 20 seconds to answer. */
export const { deliverWebhook } = proxyActivities<Activities>({
  startToCloseTimeout: '40 seconds',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Long steps that read a source. A missed heartbeat means that their worker is gone or frozen and another takes over;
 * a cancelled one is waited for, so that "cancelled" is said when it is true.
 */
export function rowActivities(): Pick<
  Activities,
  'planTarget' | 'matchTarget' | 'importPartition' | 'planRollback' | 'undoPartition' | 'planExport' | 'exportRows'
> {
  return proxyActivities<Activities>({
    taskQueue: rowQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '6s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '250ms', backoffCoefficient: 1.5, maximumInterval: '10s' },
  });
}

/** Waits for a job that another workflow runs, and stops that when it is cancelled itself. */
export function jobEndActivity(): Pick<Activities, 'jobEnd'> {
  return proxyActivities<Activities>({
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '10s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '250ms', backoffCoefficient: 1.5, maximumInterval: '10s' },
  });
}
