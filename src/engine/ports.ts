import type { JobKind } from '../domain/job.ts';

/** Where a job's workflow runs, as Temporal names it. */
export interface WorkflowPlace {
  readonly workflowId: string;
  readonly runId: string;
  /** The workflow in Temporal's own UI, or null when none is known. */
  readonly url: string | null;
}

/** `unknown` is a workflow that was never started, or whose history is gone. */
export type WorkflowLife = 'alive' | 'ended' | 'unknown';

/**
 * What the engine asks of the thing that runs jobs. Every call may be repeated: starting a job that runs already
 * answers with the one that runs. Failures are `AppError('unavailable')`; the sweep makes good what was not delivered.
 */
export interface Orchestrator {
  start(job: { id: string; kind: JobKind; tenantId: string; profileId: string | null }): Promise<WorkflowPlace>;
  /** Asks a job's workflow to stop; resolves when the request has been taken, not when all has stopped. */
  cancel(jobId: string): Promise<void>;
  /** Tells a job's workflow that its status in the store has changed. */
  nudge(jobId: string, to: 'paused' | 'running'): Promise<void>;
  lifeOf(jobId: string): Promise<WorkflowLife>;
  /** The link into Temporal's UI for a job, or null. */
  urlOf(jobId: string, runId: string | null): string | null;
}
