import { Readable } from 'node:stream';
import { z } from 'zod';
import type { DomainEvent } from '../../domain/event.ts';
import type { EventPage } from '../../engine/events/list-events.ts';
import type { Events } from '../../engine/events/index.ts';
import { instant, perhaps } from '../answer-shapes.ts';
import type { Route, Wire } from '../dialect.ts';
import { guarded } from '../route.ts';
import { eventType, jobPayload, payloadAnswer, profilePayload } from './event-payloads.ts';
import type { EventPayload } from './event-payloads.ts';
import { sseFrames } from './event-stream.ts';
import { queryInteger, queryValue, uuid } from '../inputs.ts';

const query = z.object({
  after: queryInteger(0, Number.MAX_SAFE_INTEGER, 0),
  job_id: queryValue(uuid),
  limit: queryInteger(1, 1_000, 100),
});

const eventsAnswer = z
  .object({
    data: z.array(
      z.object({
        id: z.int(),
        type: z.string(),
        job_id: perhaps(z.uuid()),
        at: instant,
        data: payloadAnswer,
      }),
    ),
    next_after: z.int().describe('The `after` of the next page.'),
  })
  .describe('As JSON; as server-sent events each event is the `data:` of one, under its `id:`.');

type Query = z.infer<typeof query>;

type Answered = EventPage | AsyncIterable<string>;

/**
 * `GET /events`: the durable event log, a page of it as JSON, or all of it and whatever follows as server-sent events
 * when the client accepts `text/event-stream`. An event's `type` is `job_completed` and the like, the same word that
 * the sockets call `event_type`, and its `data` is what the sockets tell.
 */
export function eventRoutes(engine: { readonly events: Events }): Route[] {
  return [
    guarded<unknown, Query, unknown, Answered>('get', '/events', {
      summary: 'The durable event log: a page of it, or all of it live as server-sent events',
      status: 200,
      answers: eventsAnswer,
      permission: 'system.import',
      limit: 'jobs',
      query,
      act: async ({ actor, sessionId, tokenId, signal, query: asked, header }) => {
        const jobId = asked.job_id ?? null;
        if (!acceptsStream(header('accept'))) {
          return engine.events.list(actor, { after: asked.after, limit: asked.limit, jobId });
        }
        // A browser that was cut off says where it was; that is later than what its address says.
        const after = lastEventId(header('last-event-id')) ?? asked.after;
        return sseFrames(await engine.events.stream(actor, { after, jobId, sessionId, tokenId, signal }), presentEvent);
      },
      present: presentAnswer,
    }),
  ];
}

function presentAnswer(answer: Answered): Wire {
  if ('events' in answer) {
    return { body: { data: answer.events.map(presentEvent), next_after: answer.nextAfter } };
  }
  return {
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
    body: Readable.from(answer, { objectMode: false }),
  };
}

/** An entry of the log as the API shows it. */
function presentEvent(event: DomainEvent): EventPayload {
  return {
    id: event.id,
    type: eventType(event),
    job_id: event.jobId,
    at: event.at.toISOString(),
    data: event.jobId === null ? profilePayload(event) : jobPayload(event),
  };
}

function acceptsStream(accept: string | null): boolean {
  return accept !== null && /\btext\/event-stream\b/iu.test(accept);
}

function lastEventId(given: string | null): number | null {
  return given !== null && /^\d{1,15}$/u.test(given) ? Number(given) : null;
}
