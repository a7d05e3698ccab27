import type { Actor } from '../../domain/actor.ts';
import { lastEventId, readEventsAfter, takesEvent } from '../../store/queries/events/event-log.ts';
import type { Concern, EventFilter } from '../../store/queries/events/event-log.ts';
import { progressOfJobs } from '../../store/queries/jobs/job-progress.ts';
import type { EventDeps } from './event-deps.ts';
import { followEvents } from './follow-events.ts';
import type { FollowOptions } from './follow-events.ts';
import { listEvents } from './list-events.ts';
import type { ListEvents } from './list-events.ts';
import { streamEvents } from './stream-events.ts';
import type { StreamEvents } from './stream-events.ts';
import { requireTopic, seesWholeTenant, visibleEvents } from './topic.ts';
import type { Topic } from './topic.ts';

/** The use cases around the event log and progress, bound to what they work with. */
export function createEvents(deps: EventDeps) {
  const em = () => deps.orm.em.fork();
  return {
    feed: deps.feed,
    list: (actor: Actor, input: ListEvents) => listEvents(deps, actor, input),
    stream: (actor: Actor, input: StreamEvents) => streamEvents(deps, actor, input),
    follow: (filter: EventFilter, options: FollowOptions) => followEvents(deps, filter, options),
    requireTopic: (actor: Actor, topic: Topic) => requireTopic(deps, actor, topic),
    takes: (filter: EventFilter, concern: Concern) => takesEvent(filter, concern),
    visible: (actor: Actor) => visibleEvents(actor),
    seesWholeTenant: (actor: Actor) => seesWholeTenant(actor),
    lastId: () => lastEventId(em()),
    after: (id: number, limit: number) => readEventsAfter(em(), id, limit),
    progress: (jobIds: readonly string[]) => progressOfJobs(em(), jobIds),
  };
}

export type Events = ReturnType<typeof createEvents>;
