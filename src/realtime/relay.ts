import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent } from '../domain/event.ts';
import type { Events } from '../engine/events/index.ts';
import type { Logger } from '../platform/logger.ts';
import { listenForever } from './postgres-listener.ts';
import { roomOf } from './rooms.ts';
import type { Rooms } from './rooms.ts';
import type { Subscription } from './subscription.ts';
import type { Translator } from './translator.ts';

export interface RelayTiming {
  /** How often the log is looked at though nothing was notified. */
  readonly pollMs: number;
  /** The least time between two tellings of a job's progress: with its final one there are never more than 4 a second. */
  readonly progressMs: number;
}

export interface RelayDeps {
  readonly databaseUrl: string;
  readonly events: Events;
  readonly translator: Translator;
  readonly rooms: Rooms<Subscription>;
  /** Jobs that somebody watches, to look at after notifications may have been lost. */
  readonly watchedJobs: () => Iterable<string>;
  readonly logger: Logger;
  readonly timing: RelayTiming;
}

const EVENTS = 'lading_events';
const PROGRESS = 'lading_progress';
const PAGE = 500;
const RETRY_MS = 500;
/** Jobs whose progress waits to be told, and jobs whose rooms are remembered. */
const MAX_JOBS = 10_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

/**
 * Brings what happens in the store to whoever follows it in this process. The log is the truth and a notification only
 * says that it is worth a look: what was not notified is found by looking now and then. One loop does all of it in
 * turn, so progress that was read is never older than the events that were told before it.
 */
export class Relay {
  readonly #deps: RelayDeps;
  readonly #stopping = new AbortController();
  /** Jobs that got further, and somebody may want to know. */
  readonly #moved = new Set<string>();
  /** The rooms in which a job's progress is told: they never change, and with nobody in them it is not even read. */
  readonly #roomsOfJob = new Map<string, readonly string[]>();
  #running: Promise<unknown> | null = null;
  #nudged = true;
  #pollAt = 0;
  #progressAt = 0;
  #wake = (): void => undefined;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** Begins with what is committed from now on. */
  start(): void {
    const { databaseUrl, logger } = this.#deps;
    const { signal } = this.#stopping;
    const listening = listenForever(
      {
        databaseUrl,
        logger,
        channels: [EVENTS, PROGRESS],
        onNotification: (channel, payload) => (channel === EVENTS ? this.#nudge() : this.#onProgress(payload)),
        onListening: () => {
          for (const jobId of this.#deps.watchedJobs()) this.#moved.add(jobId);
          this.#nudge();
        },
      },
      signal,
    );
    this.#running = Promise.all([listening, this.#run()]);
  }

  /** Tells a job's progress soon, moved or not: somebody has just begun to watch it. */
  watch(jobId: string): void {
    this.#moved.add(jobId);
    this.#wake();
  }

  /** Ends the relay and all that follows the log through it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#deps.events.feed.end();
    this.#wake();
    await this.#running;
  }

  #nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  #onProgress(jobId: string): void {
    const { rooms } = this.#deps;
    if (rooms.empty || this.#moved.size >= MAX_JOBS || !UUID.test(jobId)) return;
    const known = this.#roomsOfJob.get(jobId);
    if (known !== undefined && !known.some((room) => rooms.has(room))) return;
    this.#moved.add(jobId);
    this.#wake();
  }

  async #run(): Promise<void> {
    const { events, logger } = this.#deps;
    const { signal } = this.#stopping;
    let started = false;
    while (!signal.aborted) {
      try {
        if (!started) events.feed.start(await events.lastId());
        started = true;
        await this.#somethingToDo();
        if (this.#nudged || Date.now() >= this.#pollAt) await this.#catchUp();
        if (this.#moved.size > 0 && Date.now() >= this.#progressAt) await this.#tellProgress();
      } catch (error) {
        this.#nudged = true;
        logger.warn({ error }, 'The event log could not be read; trying again.');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #somethingToDo(): Promise<void> {
    const at = this.#moved.size > 0 ? Math.min(this.#pollAt, this.#progressAt) : this.#pollAt;
    const waitMs = at - Date.now();
    if (this.#nudged || waitMs <= 0 || this.#stopping.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, waitMs);
    await promise;
    clearTimeout(timer);
  }

  async #catchUp(): Promise<void> {
    const { events, timing } = this.#deps;
    this.#nudged = false;
    for (;;) {
      const page = await events.after(events.feed.position, PAGE);
      for (const event of page) {
        events.feed.publish(event);
        // Its last progress is told with this; what moved before is in it.
        if (event.jobId !== null && isLast(event)) this.#moved.delete(event.jobId);
      }
      if (page.length < PAGE || this.#stopping.signal.aborted) break;
    }
    this.#pollAt = Date.now() + timing.pollMs;
  }

  async #tellProgress(): Promise<void> {
    const { rooms, timing, translator } = this.#deps;
    this.#progressAt = Date.now() + timing.progressMs;
    const jobIds = [...this.#moved];
    this.#moved.clear();
    const now = new Date();
    for (const progress of await this.#read(jobIds)) {
      const told: string[] = [];
      for (const delivery of translator.ofProgress(progress, now)) {
        const there = delivery.rooms.map((room) => roomOf(progress.tenantId, room));
        for (const subscription of rooms.members(there)) subscription.offer(progress, delivery);
        told.push(...there);
      }
      this.#remember(progress.jobId, told);
    }
  }

  async #read(jobIds: readonly string[]): ReturnType<Events['progress']> {
    try {
      return await this.#deps.events.progress(jobIds);
    } catch (error) {
      for (const jobId of jobIds) this.#moved.add(jobId);
      throw error;
    }
  }

  #remember(jobId: string, rooms: readonly string[]): void {
    this.#roomsOfJob.set(jobId, rooms);
    for (const oldest of this.#roomsOfJob.keys()) {
      if (this.#roomsOfJob.size <= MAX_JOBS) break;
      this.#roomsOfJob.delete(oldest);
    }
  }
}

function isLast({ type }: DomainEvent): boolean {
  return type === 'job.completed' || type === 'job.failed' || type === 'job.cancelled';
}
