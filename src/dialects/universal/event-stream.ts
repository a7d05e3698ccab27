import type { DomainEvent } from '../../domain/event.ts';
import type { CaughtUp } from '../../engine/events/follow-events.ts';

/**
 * A stream of events as server-sent events: each with its `id:`, so that a client who comes back says what he has seen,
 * and without an `event:` name, so that one handler hears all. A comment goes out when nothing else does.
 */
export async function* sseFrames(
  events: AsyncIterable<DomainEvent | CaughtUp>,
  present: (event: DomainEvent) => object,
): AsyncGenerator<string, void, undefined> {
  yield 'retry: 2000\n\n';
  for await (const item of events) {
    yield 'caughtUpTo' in item ? ': nothing new\n\n' : `id: ${item.id}\ndata: ${JSON.stringify(present(item))}\n\n`;
  }
}
