import assert from 'node:assert/strict';
import { test } from 'node:test';
import { universalEvents } from '../../../src/dialects/universal/live-events.ts';
import { EVENT_TYPES } from '../../../src/domain/event.ts';
import type { DomainEvent, EventType } from '../../../src/domain/event.ts';

const JOB = '0197f0a0-0000-7000-8000-000000000001';
const PROFILE = '0197f0a0-0000-7000-8000-000000000002';
const USER = '0197f0a0-0000-7000-8000-000000000003';
const AT = new Date('2026-03-04T05:06:07Z');

function event(type: EventType, data: Readonly<Record<string, unknown>> = {}): DomainEvent {
  const jobId = type.startsWith('job.') ? JOB : null;
  return { id: 42, tenantId: 'tenant', type, jobId, profileId: PROFILE, userId: USER, at: AT, data };
}

const counters = { created: 5, updated: 3, skipped: 1, failed: 1, duplicates: 2 };

test('each kind of event has its event names', () => {
  const names = EVENT_TYPES.map((type) => [
    type,
    universalEvents.ofEvent(event(type)).map((delivery) => delivery.event),
  ]);
  const status = ['import.job.status.changed'];
  const profile = ['import.profile.updated'];
  assert.deepEqual(Object.fromEntries(names), {
    'job.created': status,
    'job.started': status,
    'job.paused': status,
    'job.resumed': status,
    'job.completed': status,
    'job.failed': status,
    'job.cancelled': status,
    'job.validated': [],
    'job.rolled_back': [],
    'profile.created': profile,
    'profile.updated': profile,
    'profile.deleted': profile,
    'template.applied': ['import.template.applied'],
  });
});

test('events of jobs go to the channels of job, profile, user and tenant, those of profiles to all but the first', () => {
  const rooms = (type: EventType): readonly string[] | undefined => universalEvents.ofEvent(event(type))[0]?.rooms;
  const others = [`import.profile.${PROFILE}`, `user.${USER}`, 'import.global'];
  assert.deepEqual(rooms('job.started'), [`import.job.${JOB}`, ...others]);
  assert.deepEqual(rooms('template.applied'), others);
});

test('the end of a job brings its exact progress first', () => {
  const data = {
    kind: 'import',
    status: 'failed',
    counters,
    total: 40,
    startedAt: '2026-03-04T05:05:07.000Z',
    completedAt: '2026-03-04T05:06:07.000Z',
    error: { code: 'source_unreachable', message: 'The source database cannot be reached.' },
  };
  const facts = {
    job_id: JOB,
    profile_id: PROFILE,
    status: 'failed',
    progress_percentage: 25,
    current_operation: null,
    records_processed: 10,
    records_imported: 8,
    records_updated: 3,
    records_skipped: 1,
    records_failed: 1,
    records_duplicates: 2,
    estimated_total: 40,
    started_at: '2026-03-04T05:05:07.000Z',
    duration: 60,
    timestamp: '2026-03-04T05:06:07.000Z',
  };
  assert.deepEqual(
    universalEvents.ofEvent(event('job.failed', data)).map((delivery) => [delivery.event, delivery.payload]),
    [
      ['import.progress.updated', { ...facts, estimated_completion: null }],
      [
        'import.job.status.changed',
        {
          ...facts,
          event_id: 42,
          event_type: 'job_failed',
          kind: 'import',
          completed_at: '2026-03-04T05:06:07.000Z',
          errors: [{ code: 'source_unreachable', message: 'The source database cannot be reached.' }],
        },
      ],
    ],
  );
});

test('an event that knows little is told all the same', () => {
  const [delivery] = universalEvents.ofEvent(event('job.created', { status: 'pending', counters: 'many' }));
  assert.partialDeepStrictEqual(delivery?.payload, {
    event_type: 'job_created',
    status: 'pending',
    records_processed: 0,
    duration: null,
  });
});

test('what an event holds cannot pass for what the log says of it', () => {
  const [delivery] = universalEvents.ofEvent(
    event('profile.updated', { eventId: 1, profile_id: 'other', name: 'Desk' }),
  );
  assert.deepEqual(delivery?.payload, {
    event_id: 42,
    event_type: 'profile_updated',
    profile_id: PROFILE,
    user_id: USER,
    name: 'Desk',
    timestamp: '2026-03-04T05:06:07.000Z',
  });
});

test('channels are known by their exact names', () => {
  const { topicOf } = universalEvents;
  assert.deepEqual(topicOf(`import.job.${JOB}`), { kind: 'job', id: JOB });
  assert.deepEqual(topicOf(`import.profile.${PROFILE}`), { kind: 'profile', id: PROFILE });
  assert.deepEqual(topicOf(`user.${USER}`), { kind: 'user', id: USER });
  assert.deepEqual(topicOf('import.global'), { kind: 'tenant' });
  for (const name of ['', 'import', `import-job-${JOB}`, `import.job.${JOB}.x`, `ximport.job.${JOB}`, 'import.job.7']) {
    assert.equal(topicOf(name), null, name);
  }
});
