import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent } from '../../domain/event.ts';
import { User } from '../../store/entities/user.ts';
import { identityOfSession } from '../../store/queries/identities.ts';
import type { EventDeps } from './event-deps.ts';
import { followEvents } from './follow-events.ts';
import type { CaughtUp } from './follow-events.ts';
import { readableEvents } from './list-events.ts';

/** How often a stream shows that it lives. */
const HEARTBEAT_MS = 15_000;
/** How long a stream goes on without asking again whether its reader may still read. */
const ACCESS_RECHECK_MS = 30_000;
/** An API token cannot be looked up again by who holds it, so its streams end and are opened anew. */
const TOKEN_STREAM_MS = 5 * 60_000;

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
): Promise<AsyncIterable<DomainEvent | CaughtUp>> {
  const filter = await readableEvents(deps, actor, jobId);
  return whileAllowed(deps, followEvents(deps, filter, { after, signal, idleMs: HEARTBEAT_MS }), actor, sessionId);
}

async function* whileAllowed<T>(
  deps: EventDeps,
  items: AsyncIterable<T>,
  actor: Actor,
  sessionId: string | null,
): AsyncGenerator<T, void, undefined> {
  const opened = Date.now();
  let checked = opened;
  for await (const item of items) {
    if (sessionId === null && Date.now() - opened > TOKEN_STREAM_MS) return;
    if (Date.now() - checked > ACCESS_RECHECK_MS) {
      if (!(await stillIn(deps, actor, sessionId))) return;
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
  return identity !== null && identity.tenant_id === tenantId && identity.role === role;
}
