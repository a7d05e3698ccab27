import type { Actor } from '../domain/actor.ts';
import type { DomainEvent, JobProgress } from '../domain/event.ts';
import type { Topic } from '../engine/events/topic.ts';

/**
 * Something to be said to whoever is in one of the rooms. A room is a channel by its name (its subscribers hear
 * `(channel, payload)`, once a channel they subscribed) or people directly (`oneUser`, `MANAGERS`: they hear
 * `(payload)` once, without having subscribed anything). Rooms are those of the tenant of what is told.
 */
export interface Delivery {
  readonly rooms: readonly string[];
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The owners and admins of the tenant, directly. No channel can be called like this. */
export const MANAGERS = '@managers';

/** One user, directly. */
export function oneUser(userId: string): string {
  return `@user.${userId}`;
}

/** How one wire language tells of what happens: pure translations. */
export interface DialectEvents {
  readonly name: string;
  /** What is said when an event of the log has happened, in this order; each payload names the event's id. */
  readonly ofEvent: (event: DomainEvent) => readonly Delivery[];
  /** What is said of a job under way. */
  readonly ofProgress: (progress: JobProgress, now: Date) => readonly Delivery[];
  /** What a channel (its name without `private-`) tells of; null when it is none of this dialect's. */
  readonly topicOf: (channel: string) => Topic | null;
  /** The channels whose events a plain WebSocket hears without asking, as far as the actor may follow them. */
  readonly ownChannels: (actor: Actor) => readonly string[];
}
