import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ReleasedJob } from '../activities/lifecycle.ts';
import { placeJob } from './activities.ts';
import { KIND_ATTRIBUTE, STATUS_ATTRIBUTE, TENANT_ATTRIBUTE } from './search-attributes.ts';

/** Starts an import that has waited for this job, as a workflow of its own. Should this not come to it, the sweep does. */
export async function startReleased({ jobId, tenantId }: ReleasedJob): Promise<void> {
  try {
    const child = await startChild('importWorkflow', {
      workflowId: jobId,
      args: [{ jobId }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: TENANT_ATTRIBUTE, value: tenantId },
        { key: KIND_ATTRIBUTE, value: 'import' },
        { key: STATUS_ATTRIBUTE, value: 'pending' },
      ]),
    });
    await placeJob({ jobId, runId: child.firstExecutionRunId });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
