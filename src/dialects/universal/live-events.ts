import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent, JobProgress } from '../../domain/event.ts';
import type { Topic } from '../../engine/events/topic.ts';
import type { Delivery, DialectEvents } from '../events.ts';
import { jobPayload, profilePayload, progressOfEvent, progressPayload } from './event-payloads.ts';

const GLOBAL = 'import.global';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const CHANNEL = new RegExp(`^(import\\.job|import\\.profile|user)\\.(${UUID})$`, 'u');

/**
 * The real-time words of document 000: `import.progress.updated` and `import.job.status.changed` on the channels of the
 * job, its profile, its user and `import.global`; `import.profile.updated` and `import.template.applied` on those of
 * the profile, the user who did it and `import.global`.
 */
export const universalEvents: DialectEvents = {
  name: 'universal',
  ofEvent,
  ofProgress: (progress: JobProgress, now: Date) => [
    { rooms: rooms(progress), event: 'import.progress.updated', payload: progressPayload(progress, now) },
  ],
  topicOf,
  ownChannels: (actor: Actor) => [`user.${actor.userId}`, GLOBAL],
};

function ofEvent(event: DomainEvent): readonly Delivery[] {
  switch (event.type) {
    case 'job.completed':
    case 'job.failed':
    case 'job.cancelled':
      return [...finalProgress(event), statusChanged(event)];
    case 'job.created':
    case 'job.started':
    case 'job.paused':
    case 'job.resumed':
      return [statusChanged(event)];
    case 'profile.created':
    case 'profile.updated':
    case 'profile.deleted':
      return [{ rooms: rooms(event), event: 'import.profile.updated', payload: profilePayload(event) }];
    case 'template.applied':
      return [{ rooms: rooms(event), event: 'import.template.applied', payload: profilePayload(event) }];
    case 'job.validated':
    case 'job.rolled_back':
      // Document 000 knows neither; the event log and the other dialects tell of them.
      return [];
  }
}

function statusChanged(event: DomainEvent): Delivery {
  return { rooms: rooms(event), event: 'import.job.status.changed', payload: jobPayload(event) };
}

/** The last word on a job's progress stands right before the status that ends it, and is as exact. */
function finalProgress(event: DomainEvent): Delivery[] {
  const payload = progressOfEvent(event);
  return payload === null ? [] : [{ rooms: rooms(event), event: 'import.progress.updated', payload }];
}

function rooms(concern: Pick<DomainEvent, 'jobId' | 'profileId' | 'userId'>): string[] {
  const { jobId, profileId, userId } = concern;
  return [
    ...(jobId === null ? [] : [`import.job.${jobId}`]),
    ...(profileId === null ? [] : [`import.profile.${profileId}`]),
    ...(userId === null ? [] : [`user.${userId}`]),
    GLOBAL,
  ];
}

function topicOf(channel: string): Topic | null {
  if (channel === GLOBAL) return { kind: 'tenant' };
  const [, family, id] = CHANNEL.exec(channel) ?? [];
  if (family === undefined || id === undefined) return null;
  if (family === 'user') return { kind: 'user', id };
  return { kind: family === 'import.job' ? 'job' : 'profile', id };
}
