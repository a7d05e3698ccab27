import type { EngineDeps } from '../deps.ts';
import type { EventFeed } from './event-feed.ts';

/** What the use cases around the event log work with. */
export type EventDeps = Pick<EngineDeps, 'orm'> & { readonly feed: EventFeed };
