import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../dialects/events.ts';
import type { DomainEvent, JobProgress } from '../domain/event.ts';
import type { Events } from '../engine/events/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Frame, Outlet } from './outlet.ts';
import { roomOf } from './rooms.ts';
import type { Rooms } from './rooms.ts';
import type { Translator } from './translator.ts';

/** Progress of so many jobs is kept for a client who is too slow for it; of each only the newest. */
const MAX_HELD = 64;
/** How long to wait when the log could not be read, before reading on where it stopped. */
const RETRY_MS = 1_000;

type EventFilter = Parameters<Events['follow']>[0];

/** What subscriptions work with. */
export interface SubscriptionDeps {
  readonly events: Events;
  readonly translator: Translator;
  /** Who hears progress. */
  readonly rooms: Rooms<Subscription>;
  readonly logger: Logger;
}

/** What is subscribed. */
export interface Subscribed {
  /** The channel as the client called it; null for what he hears without asking. */
  readonly channel: string | null;
  /** Rooms of the tenant; what is said in any of them is told once. */
  readonly rooms: readonly string[];
  /** What of it this actor may hear. */
  readonly filter: EventFilter;
  /** The id of the last event he knows; null for what comes from now on. */
  readonly after: number | null;
}

/**
 * One client's way along the event log: what he missed and then what happens, at his own pace, and progress between.
 * A slow client is waited for: events stay in the log until he takes them, of progress only the newest is kept.
 */
export class Subscription {
  /** Resolves with the id up to which all has been told, when the past is; with null when it was stopped before. */
  readonly caughtUp: Promise<number | null>;
  readonly #deps: SubscriptionDeps;
  readonly #outlet: Outlet;
  readonly #subscribed: Subscribed;
  readonly #stopping = new AbortController();
  readonly #held = new Map<string, { readonly jobId: string; readonly frame: Frame }>();
  readonly #settle: (position: number | null) => void;
  #position: number | null;
  #flushing = false;

  constructor(deps: SubscriptionDeps, outlet: Outlet, subscribed: Subscribed) {
    this.#deps = deps;
    this.#outlet = outlet;
    this.#subscribed = subscribed;
    this.#position = subscribed.after;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.caughtUp = promise;
    this.#settle = resolve;
    void this.#follow();
  }

  /** The id of the newest event he was told of, or up to which there was nothing for him. */
  get position(): number | null {
    return this.#position;
  }

  stop(): void {
    this.#stopping.abort();
    this.#held.clear();
    this.#settle(null);
    const { filter, rooms } = this.#subscribed;
    for (const room of rooms) this.#deps.rooms.leave(roomOf(filter.tenantId, room), this);
  }

  /** Tells progress at once, or when the client can take it unless there is newer by then. */
  offer(progress: JobProgress, delivery: Delivery): void {
    if (!this.#deps.events.takes(this.#subscribed.filter, progress)) return;
    const frame = this.#frame(delivery);
    if (!this.#outlet.backlog.full && this.#held.size === 0) {
      this.#outlet.write(frame);
      return;
    }
    this.#held.set(`${delivery.event} ${progress.jobId}`, { jobId: progress.jobId, frame });
    for (const key of this.#held.keys()) if (this.#held.size > MAX_HELD) this.#held.delete(key);
    if (!this.#flushing) void this.#flush();
  }

  async #follow(): Promise<void> {
    const { events, logger } = this.#deps;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for await (const item of events.follow(this.#subscribed.filter, { after: this.#position, signal })) {
          if ('caughtUpTo' in item) this.#join(item.caughtUpTo);
          else await this.#tell(item);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ error, after: this.#position }, 'The event log could not be read; trying again.');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #join(position: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#position = position;
    const { filter, rooms } = this.#subscribed;
    for (const room of rooms) this.#deps.rooms.join(roomOf(filter.tenantId, room), this);
    this.#settle(position);
  }

  async #tell(event: DomainEvent): Promise<void> {
    for (const delivery of this.#deps.translator.ofEvent(event)) {
      if (!delivery.rooms.some((room) => this.#subscribed.rooms.includes(room))) continue;
      await this.#outlet.backlog.room();
      if (this.#stopping.signal.aborted) return;
      // Progress that was held back is older than this and must not come after it.
      for (const [key, { jobId }] of this.#held) if (jobId === event.jobId) this.#held.delete(key);
      this.#outlet.write(this.#frame(delivery));
    }
    this.#position = event.id;
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#held.size > 0) {
      await this.#outlet.backlog.room();
      for (const [key, { frame }] of this.#held) {
        if (this.#outlet.backlog.full) break;
        this.#held.delete(key);
        this.#outlet.write(frame);
      }
    }
    this.#flushing = false;
  }

  #frame(delivery: Delivery): Frame {
    return { event: delivery.event, channel: this.#subscribed.channel, payload: delivery.payload };
  }
}
