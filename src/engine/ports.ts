import type { JobKind } from '../domain/job.ts';
import type { Overlap, Timing } from '../domain/schedule.ts';

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
  /** Tells a job's workflow that its status in the store has changed; resolves when that has been taken. */
  nudge(jobId: string, to: 'paused' | 'running'): Promise<void>;
  lifeOf(jobId: string): Promise<WorkflowLife>;
  /** The link into Temporal's UI for a job, or null. */
  urlOf(jobId: string, runId: string | null): string | null;
  readonly schedules: ScheduleKeeper;
  /**
   * Has a delivery carried to its webhook; one that is on its way already stays so.
   * @param now also attempts at once what waits for its next attempt
   */
  deliver(deliveryId: string, now?: boolean): Promise<void>;
}

/** What is to run when. */
export interface SchedulePlan {
  readonly id: string;
  readonly tenantId: string;
  /** Null for what imports files. */
  readonly profileId: string | null;
  readonly name: string;
  readonly timing: Timing;
  readonly timezone: string;
  readonly overlap: Overlap;
  readonly catchupWindowSeconds: number;
  readonly paused: boolean;
}

/** A schedule as its keeper has it. */
export interface KeptSchedule {
  readonly paused: boolean;
  /** Over everything of the plan but whether it is paused, as the keeper wrote it down. */
  readonly digest: string;
  readonly nextRuns: readonly Date[];
  /** The last ones, the newest last. */
  readonly recentRuns: readonly { readonly workflowId: string; readonly scheduledAt: Date }[];
  /** The workflows of the runs that are held to go on still. */
  readonly openRuns: readonly string[];
}

/**
 * What the engine asks of the thing that starts runs when they are due. Every call may be repeated. Failures are
 * `AppError('unavailable')`, and `validation` for a plan that cannot be kept.
 */
export interface ScheduleKeeper {
  /** Makes a schedule, or makes the one there is as the plan says; answers with what is kept now. */
  put(plan: SchedulePlan): Promise<KeptSchedule>;
  find(id: string): Promise<KeptSchedule | null>;
  /** Starts a run now, under the overlap policy; false when the schedule is not kept. */
  trigger(id: string, overlap: Overlap): Promise<boolean>;
  remove(id: string): Promise<void>;
  /** The ids of all schedules of this installation that are kept. */
  list(): Promise<string[]>;
}
