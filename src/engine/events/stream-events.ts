import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent } from '../../domain/event.ts';
import { User } from '../../store/entities/user.ts';
import { identityOfSession } from '../../store/queries/identities.ts';
import { actorOf } from '../access/identity.ts';
import type { EventDeps } from './event-deps.ts';
import { followEvents } from './follow-events.ts';
import type { CaughtUp } from './follow-events.ts';
import { readableEvents } from './list-events.ts';

export interface StreamTiming {
  /** How often a stream shows that it lives. */
  readonly heartbeatMs: number;
  /** How long a stream goes on without asking again whether its reader may still read. */
  readonly recheckMs: number;
  /** How long a stream of an API token lasts: the token cannot be asked for again, so its reader comes again. */
  readonly tokenStreamMs: number;
}

const TIMING: StreamTiming = { heartbeatMs: 15_000, recheckMs: 30_000, tokenStreamMs: 5 * 60_000 };

export interface StreamEvents {
  /** The id after which to begin; null for what comes from now on. */
  readonly after: number | null;
  /** A uuid; null for all jobs. */
  readonly jobId: string | null;
  /** The login that brought the actor, or null for an API token. */
  readonly sessionId: string | null;
  /** Aborted when the reader has left. */
  readonly signal: AbortSignal;
}

/**
 * The events an actor may read, past and then live, with `CaughtUp` as a heartbeat. Throws `not_found` at once for a job
 * that is not his to see. It ends when he leaves, when his access ends, and now and then for an API token: whoever reads
 * asks again after the last id he has seen.
 */
export async function streamEvents(
  deps: EventDeps,
  actor: Actor,
  { after, jobId, sessionId, signal }: StreamEvents,
  timing = TIMING,
): Promise<AsyncIterable<DomainEvent | CaughtUp>> {
  const filter = await readableEvents(deps, actor, jobId);
  const items = followEvents(deps, filter, { after, signal, idleMs: timing.heartbeatMs });
  return whileAllowed(items, timing, sessionId === null, () => stillIn(deps, actor, sessionId));
}

async function* whileAllowed<T>(
  items: AsyncIterable<T>,
  { recheckMs, tokenStreamMs }: StreamTiming,
  byToken: boolean,
  allowed: () => Promise<boolean>,
): AsyncGenerator<T, void, undefined> {
  const opened = Date.now();
  let checked = opened;
  for await (const item of items) {
    if (byToken && Date.now() - opened > tokenStreamMs) return;
    if (Date.now() - checked > recheckMs) {
      if (!(await allowed())) return;
      checked = Date.now();
    }
    yield item;
  }
}

async function stillIn({ orm }: EventDeps, actor: Actor, sessionId: string | null): Promise<boolean> {
  const em = orm.em.fork();
  const { userId, tenantId, role } = actor;
  if (sessionId === null) return (await em.count(User, { id: userId, tenantId, role })) > 0;
  const identity = await identityOfSession(em, sessionId, userId);
  return identity !== null && rights(actorOf(identity, null)) === rights(actor);
}

function rights({ tenantId, role, permissions }: Actor): string {
  return JSON.stringify([tenantId, role, permissions.toSorted()]);
}
