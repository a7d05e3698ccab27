import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent } from '../../domain/event.ts';
import type { Admission } from '../access/identity.ts';
import { stillAdmitted } from '../access/still-admitted.ts';
import type { EventDeps } from './event-deps.ts';
import { followEvents } from './follow-events.ts';
import type { CaughtUp } from './follow-events.ts';
import { readableEvents } from './list-events.ts';

export interface StreamTiming {
  /** How often a stream shows that it lives. */
  readonly heartbeatMs: number;
  /** How often it is asked whether a stream's reader may still read. */
  readonly recheckMs: number;
}

const TIMING: StreamTiming = { heartbeatMs: 15_000, recheckMs: 5_000 };

/** What is to be streamed, and by what its reader was let in. */
export interface StreamEvents extends Admission {
  /** The id after which to begin; null for what comes from now on. */
  readonly after: number | null;
  /** A uuid; null for all jobs. */
  readonly jobId: string | null;
  /** Aborted when the reader has left. */
  readonly signal: AbortSignal;
}

/**
 * The events an actor may read, past and then live, with `CaughtUp` as a heartbeat. Throws `not_found` at once for a job
 * that is not his to see. It ends when he leaves and when his access ends or changes: whoever may still read asks again
 * after the last id he has seen.
 */
export async function streamEvents(
  deps: EventDeps,
  actor: Actor,
  { after, jobId, signal, ...admission }: StreamEvents,
  { heartbeatMs, recheckMs }: StreamTiming = TIMING,
): Promise<AsyncIterable<DomainEvent | CaughtUp>> {
  const filter = await readableEvents(deps, actor, jobId);
  const allowed = (): Promise<boolean> => stillAdmitted(deps, actor, admission);
  return whileAllowed(allowed, recheckMs, signal, (end) =>
    followEvents(deps, filter, { after, signal: end, idleMs: heartbeatMs }),
  );
}

/** Items until somebody leaves or may not have them any more, which is asked however many or few there are. */
async function* whileAllowed<T>(
  allowed: () => Promise<boolean>,
  recheckMs: number,
  left: AbortSignal,
  follow: (end: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const over = new AbortController();
  const end = AbortSignal.any([left, over.signal]);
  // When nobody can say whether he may, he comes again and it is settled, or he is told why it cannot be.
  untilRefused(allowed, recheckMs, end).then(
    () => over.abort(),
    () => over.abort(),
  );
  try {
    for await (const item of follow(end)) {
      yield item;
      if (end.aborted) return;
    }
  } finally {
    over.abort();
  }
}

async function untilRefused(allowed: () => Promise<boolean>, everyMs: number, end: AbortSignal): Promise<void> {
  do await delay(everyMs, undefined, { signal: end });
  while (await allowed());
}
