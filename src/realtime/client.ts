import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { AppError } from '../domain/errors.ts';
import type { Topic } from '../engine/events/topic.ts';
import type { SocketCredentials } from './credentials.ts';
import type { Outlet } from './outlet.ts';
import type { SocketLimits } from './socket-limits.ts';
import { Subscription } from './subscription.ts';
import type { SubscriptionDeps } from './subscription.ts';

/** What a client is told when he has asked for a channel. */
export type SubscribeAnswer =
  | { readonly ok: true; readonly channel: string; readonly last_event_id: number }
  | { readonly ok: false; readonly error: string };

export interface ClientDeps extends SubscriptionDeps {
  readonly limits: SocketLimits;
  /** Told of a job that somebody begins to watch. */
  readonly watching: (jobId: string) => void;
}

interface Entry {
  readonly answer: Promise<SubscribeAnswer>;
  subscription: Subscription | null;
  left: boolean;
}

const PRIVATE = 'private-';
/** How often, and how long apart in milliseconds, the store is asked about a channel before the client is refused. */
const MAX_ATTEMPTS = 60;
const RETRY_MS = 500;

const eventId = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,15}$/u)
    .transform(Number),
]);
const subscribeRequest = z.object({
  channel: z.string().min(1).max(200),
  after: eventId.nullish().transform((after) => after ?? null),
});
const channelRequest = subscribeRequest.pick({ channel: true });

/** Somebody's socket: who he is and which channels he is subscribed to. */
export class SocketClient {
  readonly actor: Actor;
  readonly credentials: SocketCredentials;
  readonly outlet: Outlet;
  readonly #deps: ClientDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #own: Subscription;

  /** `ownRooms` are those whose events he hears without asking. */
  constructor(
    deps: ClientDeps,
    who: { readonly actor: Actor; readonly credentials: SocketCredentials },
    outlet: Outlet,
    ownRooms: readonly string[],
  ) {
    this.#deps = deps;
    this.actor = who.actor;
    this.credentials = who.credentials;
    this.outlet = outlet;
    const filter = deps.events.visible(who.actor);
    this.#own = new Subscription(deps, outlet, { channel: null, rooms: ownRooms, filter, after: null });
  }

  /**
   * Subscribes a channel, `{channel, after?}`; with `after` what was missed is told first. Answers when all that is
   * past has been told. A channel that is subscribed already stays so, and with `after` begins anew from there.
   */
  async subscribe(request: unknown): Promise<SubscribeAnswer> {
    const { success, data: asked } = subscribeRequest.safeParse(request);
    if (!success) return refused('A subscription is {channel, after?}, with the id of an event as after.');
    const { channel, after } = asked;
    const topic = this.#deps.translator.topicOf(nameOf(channel));
    if (topic === null) return refused('Channel not found');

    const there = this.#entries.get(channel);
    if (there !== undefined && after === null) return again(there, channel);
    if (there === undefined && this.#entries.size >= this.#deps.limits.channelsPerSocket) {
      return refused(`A socket has at most ${this.#deps.limits.channelsPerSocket} channels.`);
    }
    this.#leave(channel);
    const started = Promise.withResolvers<SubscribeAnswer>();
    const entry: Entry = { answer: started.promise, subscription: null, left: false };
    this.#entries.set(channel, entry);
    const answer = await this.#enterPatiently(entry, channel, topic, after);
    if (!answer.ok && this.#entries.get(channel) === entry) this.#entries.delete(channel);
    started.resolve(answer);
    return answer;
  }

  /** Leaves a channel, `{channel}`; one that is not subscribed is none of his anyway. */
  unsubscribe(request: unknown): void {
    const { success, data } = channelRequest.safeParse(request);
    if (success) this.#leave(data.channel);
  }

  /** Ends everything; the socket has gone. */
  leave(): void {
    this.#own.stop();
    for (const channel of this.#entries.keys()) this.#leave(channel);
    // Whoever waits for room learns that the client is gone.
    this.outlet.backlog.taken();
  }

  /** Jobs this client watches by their own channel. */
  *watchedJobs(): Generator<string, void, undefined> {
    for (const channel of this.#entries.keys()) {
      const topic = this.#deps.translator.topicOf(nameOf(channel));
      if (topic?.kind === 'job') yield topic.id;
    }
  }

  /** Echo does not ask twice, so while the store cannot be asked (it starts anew, say) it is asked again. */
  async #enterPatiently(entry: Entry, channel: string, topic: Topic, after: number | null): Promise<SubscribeAnswer> {
    for (let attempt = 1; !entry.left; attempt += 1) {
      try {
        return await this.#enter(entry, channel, topic, after);
      } catch (error) {
        if (error instanceof AppError && error.code !== 'unavailable') return refused(error.message);
        this.#deps.logger.warn({ error, channel, attempt }, 'A channel could not be subscribed.');
        if (attempt === MAX_ATTEMPTS) return refused('Service unavailable');
        await delay(RETRY_MS);
      }
    }
    return refused('Unsubscribed');
  }

  async #enter(entry: Entry, channel: string, topic: Topic, after: number | null): Promise<SubscribeAnswer> {
    const { events, watching } = this.#deps;
    const filter = await events.requireTopic(this.actor, topic);
    // An id from beyond the end (of a log that was restored, say) would keep him waiting for ever.
    const from = after === null || after <= events.feed.position ? after : Math.min(after, await events.lastId());
    if (entry.left) return refused('Unsubscribed');
    const rooms = [nameOf(channel)];
    entry.subscription = new Subscription(this.#deps, this.outlet, { channel, rooms, filter, after: from });
    const position = await entry.subscription.caughtUp;
    if (position === null) return refused('Unsubscribed');
    if (topic.kind === 'job') watching(topic.id);
    return { ok: true, channel, last_event_id: position };
  }

  #leave(channel: string): void {
    const entry = this.#entries.get(channel);
    if (entry === undefined) return;
    this.#entries.delete(channel);
    entry.left = true;
    entry.subscription?.stop();
  }
}

async function again({ answer, subscription }: Entry, channel: string): Promise<SubscribeAnswer> {
  const first = await answer;
  return first.ok ? { ok: true, channel, last_event_id: subscription?.position ?? first.last_event_id } : first;
}

function nameOf(channel: string): string {
  return channel.startsWith(PRIVATE) ? channel.slice(PRIVATE.length) : channel;
}

function refused(error: string): SubscribeAnswer {
  return { ok: false, error };
}
