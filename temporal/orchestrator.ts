import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { AppError } from '../src/domain/errors.ts';
import type { JobKind } from '../src/domain/job.ts';
import type { Orchestrator, WorkflowLife, WorkflowPlace } from '../src/engine/ports.ts';
import type {
  exportWorkflow,
  importWorkflow,
  planWorkflow,
  retryWorkflow,
  rollbackWorkflow,
  validateWorkflow,
  webhookDeliveryWorkflow,
} from '../workflows/index.ts';
import { deliverNowSignal, statusSignal } from '../workflows/messages.ts';
import { createScheduleKeeper } from './schedules.ts';
import {
  KIND_ATTRIBUTE,
  PROFILE_ATTRIBUTE,
  STATUS_ATTRIBUTE,
  TENANT_ATTRIBUTE,
} from '../workflows/search-attributes.ts';

export interface OrchestratorSettings {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Where Temporal's UI is seen by people. */
  readonly uiUrl: string;
}

/** How long a call to Temporal may take before the answer goes out without it. */
const CALL_MS = 3_000;

/** The same for what a workflow finds out by itself if it is not told. */
const TELL_MS = 800;

/** The longest pause before a call that failed is tried again. */
const RETRY_MS = 500;

/** How a workflow stands that goes on: seen between two of its executions, it has just continued as new. */
const ALIVE: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW']);

const WORKFLOWS = {
  export: 'exportWorkflow',
  import: 'importWorkflow',
  plan: 'planWorkflow',
  retry: 'retryWorkflow',
  rollback: 'rollbackWorkflow',
  validate: 'validateWorkflow',
} satisfies Record<JobKind, string>;

type WorkflowOfJob =
  | typeof exportWorkflow
  | typeof importWorkflow
  | typeof planWorkflow
  | typeof retryWorkflow
  | typeof rollbackWorkflow
  | typeof validateWorkflow;

/** The orchestrator that is Temporal. Connects when first used, so that an API process starts without it. */
export function createOrchestrator(settings: OrchestratorSettings): Orchestrator & { close(): Promise<void> } {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions();
  let open = true;
  let retriedUntil = 0;
  const retries = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => open && retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const pause = Math.min(RETRY_MS, delayFunction(attempt, status));
      retriedUntil = Math.max(retriedUntil, performance.now() + pause);
      return pause;
    },
  });
  const connection = Connection.lazy({
    address: settings.address,
    connectTimeout: CALL_MS,
    interceptors: [retries],
  });
  const client = new Client({ connection, namespace: settings.namespace });

  /** Calls Temporal within the time allowed; that it cannot be reached is said in our own words. */
  const call = async <T>(what: string, act: () => Promise<T>, ms = CALL_MS): Promise<T> => {
    try {
      return await connection.withDeadline(Date.now() + ms, act);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      throw new AppError('unavailable', `Temporal did not answer in time to ${what}.`, { cause: error });
    }
  };

  const start = async (job: Parameters<Orchestrator['start']>[0]): Promise<WorkflowPlace> => {
    const type = WORKFLOWS[job.kind];
    try {
      const handle = await call('start the job', () =>
        client.workflow.start<WorkflowOfJob>(type, {
          workflowId: job.id,
          taskQueue: settings.taskQueue,
          args: [{ jobId: job.id }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          typedSearchAttributes: new TypedSearchAttributes([
            { key: TENANT_ATTRIBUTE, value: job.tenantId },
            { key: KIND_ATTRIBUTE, value: job.kind },
            { key: STATUS_ATTRIBUTE, value: 'pending' },
            ...(job.profileId === null ? [] : [{ key: PROFILE_ATTRIBUTE, value: job.profileId }]),
          ]),
        }),
      );
      return place(job.id, handle.firstExecutionRunId);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const description = await call('look the job up', () => client.workflow.getHandle(job.id).describe());
      return place(job.id, description.runId);
    }
  };

  const urlOf = (jobId: string, runId: string | null): string => {
    const workflow = `${settings.uiUrl}/namespaces/${settings.namespace}/workflows/${jobId}`;
    return runId === null ? workflow : `${workflow}/${runId}/history`;
  };
  const place = (jobId: string, runId: string): WorkflowPlace => ({
    workflowId: jobId,
    runId,
    url: urlOf(jobId, runId),
  });

  return {
    start,
    urlOf,
    schedules: createScheduleKeeper(client, settings.taskQueue, call),
    async cancel(jobId) {
      await ignoringGone(() => call('stop the job', () => client.workflow.getHandle(jobId).cancel(), TELL_MS));
    },
    async nudge(jobId, to) {
      await ignoringGone(() =>
        call(`tell the job that it is ${to}`, () => client.workflow.getHandle(jobId).signal(statusSignal, to), TELL_MS),
      );
    },
    async deliver(deliveryId, now = false) {
      const options = {
        workflowId: `webhook-${deliveryId}`,
        taskQueue: settings.taskQueue,
        args: [{ deliveryId }] as [{ deliveryId: string }],
        workflowIdConflictPolicy: 'USE_EXISTING' as const,
      };
      await call('deliver to the webhook', async () => {
        if (now) {
          await client.workflow.signalWithStart<typeof webhookDeliveryWorkflow>('webhookDeliveryWorkflow', {
            ...options,
            signal: deliverNowSignal,
          });
        } else await client.workflow.start<typeof webhookDeliveryWorkflow>('webhookDeliveryWorkflow', options);
      });
    },
    async lifeOf(jobId): Promise<WorkflowLife> {
      try {
        const { status } = await call('look the job up', () => client.workflow.getHandle(jobId).describe());
        return ALIVE.has(status.name) ? 'alive' : 'ended';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'unknown';
        throw error;
      }
    },
    async close() {
      open = false;
      // A retry that is due already would throw where nobody can catch it, were the connection closed by then.
      while (performance.now() <= retriedUntil) await delay(retriedUntil - performance.now() + 1);
      // By then every timer that is due has gone off.
      await immediate();
      await connection.close();
    },
  };
}

/** A workflow that has ended needs no message any more: its job's status in the store has the last word. */
async function ignoringGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** gRPC status codes of a server that is away, slow or shutting down (1 cancelled, 4 deadline, 8, 13, 14). */
const UNREACHABLE = new Set([1, 4, 8, 13, 14]);

function isUnreachable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return UNREACHABLE.has(cause.code);
  }
  return false;
}
