import {
  CancellationScope,
  ChildWorkflowCancellationType,
  isCancellation,
  ParentClosePolicy,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { createScheduledJob, finishJob, placeJob, jobEndActivity } from './activities.ts';
import { asCancellation } from './failure.ts';
import { importWorkflow } from './import-workflow.ts';
import {
  KIND_ATTRIBUTE,
  PROFILE_ATTRIBUTE,
  SCHEDULED_START_ATTRIBUTE,
  STATUS_ATTRIBUTE,
  TENANT_ATTRIBUTE,
} from './search-attributes.ts';

/**
 * One run of a schedule: makes a job of it and lasts until that has ended, so that what Temporal does about runs that
 * overlap is done about the imports themselves. The import has a workflow of its own, whose id is the job's.
 */
export async function scheduledImportWorkflow({ scheduleId }: { readonly scheduleId: string }): Promise<void> {
  const { workflowId, typedSearchAttributes, startTime } = workflowInfo();
  const jobId = uuid4();
  const scheduledAt = typedSearchAttributes.get(SCHEDULED_START_ATTRIBUTE) ?? startTime;
  // Waited for even when this run is cancelled meanwhile: a job that is made has to be ended.
  const run = await CancellationScope.nonCancellable(() =>
    createScheduledJob({ scheduleId, jobId, workflowId, scheduledAt: scheduledAt.toISOString() }),
  );
  if (run === null) return;
  try {
    await runImport(jobId, run);
  } catch (thrown) {
    const error = asCancellation(thrown);
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => finishJob({ jobId, outcome: 'cancelled' }));
    // A job that a person cancelled is a run that has ended; only this run's own cancellation is told on.
    if (CancellationScope.current().consideredCancelled) throw error;
  }
}

async function runImport(
  jobId: string,
  { tenantId, profileId }: { readonly tenantId: string; readonly profileId: string | null },
): Promise<void> {
  try {
    const child = await startChild(importWorkflow, {
      workflowId: jobId,
      args: [{ jobId }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: TENANT_ATTRIBUTE, value: tenantId },
        { key: KIND_ATTRIBUTE, value: 'import' },
        { key: STATUS_ATTRIBUTE, value: 'pending' },
        ...(profileId === null ? [] : [{ key: PROFILE_ATTRIBUTE, value: profileId }]),
      ]),
    });
    await placeJob({ jobId, runId: child.firstExecutionRunId });
    await child.result();
  } catch (error) {
    // The sweep came first, while no worker was there to go on with this run.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await jobEndActivity().jobEnd({ jobId });
  }
}
