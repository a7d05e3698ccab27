import type { DomainEvent } from '../../domain/event.ts';

type Listener = (event: DomainEvent) => void;

/**
 * The live end of the event log in this process: the relay publishes each event once, in the order of the log, and
 * whoever follows it listens. `position` and the listeners' calls move in the same breath, so somebody who has read
 * the log up to `position` and listens from then on misses nothing and hears nothing twice.
 */
export class EventFeed {
  readonly #listeners = new Set<Listener>();
  readonly #started = Promise.withResolvers<void>();
  readonly #ending = new AbortController();
  #position = 0;

  /** The id of the newest event that was handed out; nothing before `ready()`. */
  get position(): number {
    return this.#position;
  }

  /** Aborted when this process will publish nothing more. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Resolves when the position is known; rejects when the signal says that nobody waits any more. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([this.#started.promise, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Says where the log ends now; events after that will be published. */
  start(position: number): void {
    this.#position = position;
    this.#started.resolve();
  }

  /** Hands out the next event of the log. */
  publish(event: DomainEvent): void {
    this.#position = event.id;
    for (const listener of this.#listeners) listener(event);
  }

  /** Ends whatever follows the log in this process. */
  end(): void {
    this.#ending.abort();
  }

  /** Calls back for every event from now on, until the returned function is called. Listeners must not throw. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
