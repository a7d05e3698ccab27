import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent } from '../../domain/event.ts';
import { readEvents } from '../../store/queries/events/event-log.ts';
import type { EventFilter } from '../../store/queries/events/event-log.ts';
import type { EventDeps } from './event-deps.ts';
import { requireTopic, visibleEvents } from './topic.ts';

/** The most events one page of the log holds. */
const MAX_EVENTS_PAGE = 1_000;

export interface EventPage {
  readonly events: readonly DomainEvent[];
  /** What to ask for next: the id of the last event here, or where the reader stood when there is none. */
  readonly nextAfter: number;
}

export interface ListEvents {
  readonly after: number;
  readonly limit: number;
  /** A uuid; null for all jobs. */
  readonly jobId: string | null;
}

/** The events an actor may read, of one job or of all; `not_found` for a job that is not his to see. */
export async function readableEvents(deps: EventDeps, actor: Actor, jobId: string | null): Promise<EventFilter> {
  const visible = visibleEvents(actor);
  return jobId === null ? visible : { ...visible, ...(await requireTopic(deps, actor, { kind: 'job', id: jobId })) };
}

/** A page of the event log, as the actor may see it. */
export async function listEvents(deps: EventDeps, actor: Actor, input: ListEvents): Promise<EventPage> {
  const filter = await readableEvents(deps, actor, input.jobId);
  const limit = Math.min(input.limit, MAX_EVENTS_PAGE);
  const events = await readEvents(deps.orm.em.fork(), filter, { after: input.after, limit });
  return { events, nextAfter: events.at(-1)?.id ?? input.after };
}
