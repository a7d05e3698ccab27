import type { Actor } from '../domain/actor.ts';
import { sameRights } from '../domain/policy.ts';
import { MANAGERS, oneUser } from '../dialects/events.ts';
import type { DialectEvents } from '../dialects/events.ts';
import { SocketClient } from './client.ts';
import type { ClientDeps } from './client.ts';
import { credentialsOf } from './credentials.ts';
import type { Handshake, SocketCredentials } from './credentials.ts';
import type { Outlet } from './outlet.ts';

/** Who somebody is by what his socket brought, or null; asked again while the socket is open. */
export type Authenticate = (credentials: SocketCredentials) => Promise<Actor | null>;

export interface ClientsDeps extends ClientDeps {
  readonly authenticate: Authenticate;
  readonly dialects: readonly DialectEvents[];
}

/** Somebody who may come in. */
export interface Admitted {
  readonly actor: Actor;
  readonly credentials: SocketCredentials;
}

/** Why somebody may not come in, in the words he is told. */
export type Refusal = 'Unauthorized' | 'Too many connections' | 'Service unavailable';

/** Sockets whose access is looked up again at once. */
const RECHECKED_AT_ONCE = 8;
/** How long a socket goes on when nobody can say whether its access still holds, in milliseconds. */
const MAX_UNKNOWN_MS = 5 * 60_000;

/** All open sockets of this process, of every protocol. */
export class Clients {
  readonly #deps: ClientsDeps;
  /** When the access of each was last known to hold. */
  readonly #clients = new Map<SocketClient, number>();
  readonly #perUser = new Map<string, number>();
  #closed = false;

  constructor(deps: ClientsDeps) {
    this.#deps = deps;
  }

  /** Whether no further socket may be opened by anybody. */
  get full(): boolean {
    return this.#closed || this.#clients.size >= this.#deps.limits.sockets;
  }

  /** Looks at what a socket brought before it is let in. */
  async admit(handshake: Handshake): Promise<Admitted | Refusal> {
    const credentials = credentialsOf(handshake);
    if (credentials.token === null && credentials.cookie === null) return 'Unauthorized';
    try {
      const actor = await this.#deps.authenticate(credentials);
      if (this.#closed) return 'Service unavailable';
      if (this.full) return 'Too many connections';
      if (actor === null) return 'Unauthorized';
      return this.#hasEnough(actor) ? 'Too many connections' : { actor, credentials };
    } catch (error) {
      this.#deps.logger.error({ error }, 'A socket could not be authenticated.');
      return 'Service unavailable';
    }
  }

  /**
   * Takes a socket in. A plain one hears its user's channels without asking, as it may not know how to ask; every
   * socket hears what is said to its user, and to the owners and admins, directly.
   */
  add(admitted: Admitted, outlet: Outlet, { plain }: { plain: boolean }): SocketClient {
    const { actor } = admitted;
    const rooms = [oneUser(actor.userId)];
    if (this.#deps.events.seesWholeTenant(actor)) rooms.push(MANAGERS);
    if (plain) rooms.push(...this.#deps.dialects.flatMap((dialect) => dialect.ownChannels(actor)));
    const client = new SocketClient(this.#deps, admitted, outlet, rooms);
    this.#clients.set(client, Date.now());
    this.#count(actor, +1);
    return client;
  }

  /** The socket has gone. */
  remove(client: SocketClient): void {
    if (!this.#clients.delete(client)) return;
    this.#count(client.actor, -1);
    client.leave();
  }

  /** Looks again whether everybody may still be here, and ends the sockets of those who may not. */
  async recheck(): Promise<void> {
    const byCredentials = Map.groupBy(this.#clients.keys(), ({ credentials: { token, cookie, origin } }) =>
      JSON.stringify([token, cookie, origin]),
    );
    const groups = byCredentials.values();
    // All lanes draw from one iterator, so each group is looked at once.
    await Promise.all(
      Array.from({ length: RECHECKED_AT_ONCE }, async () => {
        for (const group of groups) await this.#recheckGroup(group);
      }),
    );
  }

  /** Jobs that somebody watches by their own channel. */
  watchedJobs(): Set<string> {
    return new Set(this.#clients.keys().flatMap((client) => client.watchedJobs()));
  }

  /** Lets nobody in any more and ends what all clients follow; their sockets are closed by whoever opened them. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients.keys()) this.remove(client);
  }

  async #recheckGroup(group: readonly SocketClient[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const now = Date.now();
    let actor: Actor | null;
    try {
      actor = await this.#deps.authenticate(first.credentials);
    } catch (error) {
      this.#deps.logger.warn({ error }, 'The access of a socket could not be checked.');
      for (const client of group) {
        if (now - (this.#clients.get(client) ?? now) > MAX_UNKNOWN_MS) client.outlet.end('come_back');
      }
      return;
    }
    for (const client of group) {
      if (!this.#clients.has(client)) continue;
      if (actor === null) client.outlet.end('unauthorized');
      // What he may hear was decided when he came: he comes again and it is decided anew.
      else if (!sameRights(actor, client.actor)) client.outlet.end('come_back');
      else this.#clients.set(client, now);
    }
  }

  #hasEnough(actor: Actor): boolean {
    return (this.#perUser.get(actor.userId) ?? 0) >= this.#deps.limits.socketsPerUser;
  }

  #count({ userId }: Actor, change: 1 | -1): void {
    const count = (this.#perUser.get(userId) ?? 0) + change;
    if (count === 0) this.#perUser.delete(userId);
    else this.#perUser.set(userId, count);
  }
}
