import type { DomainEvent } from '../../domain/event.ts';
import { readEvents, takesEvent } from '../../store/queries/events/event-log.ts';
import type { EventFilter } from '../../store/queries/events/event-log.ts';
import type { EventDeps } from './event-deps.ts';

/** Events read from the log at once. */
const PAGE = 200;
/** Live events kept for a follower who is slower than they come; with more waiting he goes back to the log. */
const MAX_WAITING = 200;

export interface FollowOptions {
  /** The id after which to begin; null for what comes from now on. */
  readonly after: number | null;
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** How often to say that nothing happens, in milliseconds; only once when absent. */
  readonly idleMs?: number;
}

/** Says that everything up to this id has been told. */
export interface CaughtUp {
  readonly caughtUpTo: number;
}

/**
 * Events of a filter without end: first what the log holds after `after`, then each as it happens; in order, none
 * lost, none twice. Yields null once when all that was past has been told, and then whenever `idleMs` went by without
 * an event. Memory is bounded however slow the consumer is. Throws what the store throws; ends when the signal aborts.
 */
export async function* followEvents(
  { orm, feed }: EventDeps,
  filter: EventFilter,
  { after, signal, idleMs }: FollowOptions,
): AsyncGenerator<DomainEvent | CaughtUp, void, undefined> {
  await feed.ready(signal);
  let cursor = after ?? feed.position;
  let live = false;
  let told = false;
  let waiting: DomainEvent[] = [];
  let wake = (): void => undefined;
  const stop = feed.listen((event) => {
    if (!live || event.id <= cursor || !takesEvent(filter, event)) return;
    if (waiting.length < MAX_WAITING) {
      waiting.push(event);
    } else {
      waiting = [];
      live = false;
    }
    wake();
  });
  const ends = [signal, feed.ended];
  const ended = (): boolean => ends.some(({ aborted }) => aborted);
  const onAbort = (): void => wake();
  for (const end of ends) end.addEventListener('abort', onAbort);
  try {
    while (!ended()) {
      if (!live) {
        const upTo = feed.position;
        const page = upTo > cursor ? await readEvents(orm.em.fork(), filter, { after: cursor, upTo, limit: PAGE }) : [];
        for (const event of page) {
          cursor = event.id;
          yield event;
          if (ended()) return;
        }
        if (page.length === PAGE) continue;
        cursor = Math.max(cursor, upTo);
        // Nothing was published while reading: from here on every event comes through the listener.
        live = feed.position <= cursor;
        continue;
      }
      if (!told) {
        told = true;
        yield { caughtUpTo: cursor };
        continue;
      }
      const event = waiting.shift();
      if (event) {
        cursor = event.id;
        yield event;
        continue;
      }
      const idle = Promise.withResolvers<boolean>();
      wake = () => idle.resolve(false);
      const timer = idleMs === undefined ? undefined : setTimeout(() => idle.resolve(true), idleMs);
      const nothingHappened = await idle.promise;
      clearTimeout(timer);
      if (nothingHappened) yield { caughtUpTo: cursor };
    }
  } finally {
    stop();
    for (const end of ends) end.removeEventListener('abort', onAbort);
  }
}
