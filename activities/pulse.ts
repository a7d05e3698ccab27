import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { Logger } from '../src/platform/logger.ts';

/** How often an activity says that it lives, whether or not its source gives rows. */
const BEAT_MS = 1_000;
/** How often it asks the store whether its job still runs: the way a cancel is felt while Temporal is away. */
const LOOK_EVERY = 3;

export interface Pulse {
  /** Aborted when the activity is to stop: cancelled, its worker shutting down, or its job no longer running. */
  readonly signal: AbortSignal;
  /** Beats with what has been reached, and keeps saying so. */
  beat(details: unknown): void;
  end(): void;
}

/**
 * The pulse of a running activity. `stillRuns` is asked now and then; when it says no, the signal aborts with
 * `JobStopped` as its reason. A frozen process beats no more, and another worker takes over.
 */
export function startPulse(stillRuns: () => Promise<boolean>, logger: Logger): Pulse {
  const context = Context.current();
  const stopped = new AbortController();
  let details: unknown = null;
  let beats = 0;
  const look = (): void => {
    stillRuns().then(
      (runs) => {
        if (!runs) stopped.abort(new JobStopped());
      },
      (error: unknown) => logger.warn({ err: error }, 'the status of the job could not be read'),
    );
  };
  const timer = setInterval(() => {
    context.heartbeat(details);
    if (++beats % LOOK_EVERY === 0) look();
  }, BEAT_MS);
  return {
    signal: AbortSignal.any([context.cancellationSignal, stopped.signal]),
    beat(reached) {
      details = reached;
      context.heartbeat(reached);
    },
    end: () => clearInterval(timer),
  };
}

/** The store says that the job does not run any more. */
class JobStopped extends Error {
  constructor() {
    super('the job is no longer running');
  }
}

/**
 * What an activity answers to an error it stopped by: true when its job was stopped in the store, which is no failure.
 * A cancelled activity ends as cancelled, whatever its libraries threw on the way.
 */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted && signal.reason instanceof JobStopped) return true;
  if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('the activity was cancelled');
  return error instanceof JobStopped;
}
