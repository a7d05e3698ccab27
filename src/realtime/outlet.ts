/** One message to a client. */
export interface Frame {
  readonly event: string;
  /** The channel as the client subscribed it; null for what is said to him directly. */
  readonly channel: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Why a server ends a socket: access is over, the client should come back at once, or it asked too much. */
export type EndReason = 'unauthorized' | 'come_back' | 'too_many_messages';

/** The way out to one client, whatever its protocol. */
export interface Outlet {
  readonly backlog: Backlog;
  /** Sends a frame, or queues it behind those the client has not taken yet. */
  write(frame: Frame): void;
  end(reason: EndReason): void;
}

/** Frames that may wait for a slow client before nothing more is given to it. */
const MAX_WAITING = 32;

/** How much waits for one client to be taken; the one place where a slow client is noticed. */
export class Backlog {
  #waiting = 0;
  #room: PromiseWithResolvers<void> | null = null;

  /** Whether the client has to take something before it is given more. */
  get full(): boolean {
    return this.#waiting >= MAX_WAITING;
  }

  add(): void {
    this.#waiting += 1;
  }

  /** The client has taken so many frames; all when absent. */
  taken(count = this.#waiting): void {
    this.#waiting = Math.max(0, this.#waiting - count);
    if (this.full) return;
    this.#room?.resolve();
    this.#room = null;
  }

  /** Resolves when there is room again; when the client has gone for good too, see `taken`. */
  room(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }
}
