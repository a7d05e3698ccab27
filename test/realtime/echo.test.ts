import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Echo from 'laravel-echo';
import { io } from 'socket.io-client';
import { Ear } from './ear.ts';
import type { Payload } from './ear.ts';
import { startStage } from './stage.ts';
import type { Person, Stage } from './stage.ts';

let stage: Stage;
let ada: Person;

before(async () => {
  stage = await startStage();
  ada = await stage.person();
});
after(() => stage.close());

function openEcho(): Echo<'socket.io'> {
  return new Echo({
    broadcaster: 'socket.io',
    host: stage.url,
    client: io,
    auth: { headers: { Authorization: `Bearer ${ada.token}` } },
    withoutInterceptors: true,
  });
}

test('Laravel Echo hears the events of document 000 on private channels as its examples listen', async () => {
  const job = await stage.job(ada.actor);
  const echo = openEcho();
  const ear = new Ear();
  const on =
    (channel: string, event: string) =>
    (payload: Payload): void =>
      ear.hear({ event, channel, payload });
  try {
    echo
      .private(`user.${ada.actor.userId}`)
      .listen('.import.progress.updated', on('user', 'progress'))
      .listen('.import.job.status.changed', on('user', 'status'));
    echo
      .private(`import.profile.${job.profileId}`)
      .listen('.import.profile.updated', on('profile', 'profile'))
      .listen('.import.template.applied', on('profile', 'template'));
    echo
      .private(`import.job.${job.id}`)
      .listen('.import.progress.updated', on('job', 'progress'))
      .listen('.import.job.status.changed', on('job', 'status'));
    // Watching a job brings its progress as it is, so hearing it tells that the subscriptions stand.
    await ear.until((all) => all.some(({ channel, event }) => channel === 'job' && event === 'progress'));
    const { tenantId, userId } = ada.actor;
    const about = { tenantId, profileId: job.profileId, userId };
    await stage.append({ ...about, type: 'profile.updated' });
    await ear.until((all) => all.some(({ event }) => event === 'profile'));

    await stage.append({ ...about, type: 'template.applied' });
    await stage.commitRows(job, { created: 600, updated: 200, skipped: 150, failed: 50 });
    await stage.transition(job, 'running', 'completed', 'job.completed');
    await ear.until((all) => all.filter(({ event }) => event === 'status').length === 2);
    await ear.until((all) => all.some(({ event }) => event === 'template'));

    for (const channel of ['job', 'user']) {
      const progress = ear.all.findLast((heard) => heard.channel === channel && heard.event === 'progress');
      assert.partialDeepStrictEqual(progress?.payload, {
        job_id: job.id,
        status: 'completed',
        progress_percentage: 100,
        current_operation: null,
        records_processed: 1000,
        records_imported: 800,
        records_updated: 200,
        records_skipped: 150,
        records_failed: 50,
        estimated_total: 1000,
      });
      const status = ear.all.findLast((heard) => heard.channel === channel && heard.event === 'status');
      assert.partialDeepStrictEqual(status?.payload, {
        job_id: job.id,
        profile_id: job.profileId,
        status: 'completed',
        event_type: 'job_completed',
        records_imported: 800,
        errors: null,
      });
    }
  } finally {
    echo.disconnect();
  }
});

test('Laravel Echo goes on listening after its connection was cut', async () => {
  const job = await stage.job(ada.actor);
  const echo = openEcho();
  const ear = new Ear();
  try {
    const channel = echo.private(`import.job.${job.id}`);
    channel.listen('.import.progress.updated', (payload: Payload) =>
      ear.hear({ event: 'progress', channel: null, payload }),
    );
    channel.listen('.import.job.status.changed', (payload: Payload) =>
      ear.hear({ event: 'status', channel: null, payload }),
    );
    await ear.until((all) => all.length > 0);
    const before = ear.all.length;
    stage.cutConnections();
    await ear.until((all) => all.length > before);
    await stage.transition(job, 'running', 'paused', 'job.paused');
    const [status] = await ear.payloads('status', 1);
    assert.partialDeepStrictEqual(status, { event_type: 'job_paused' });
  } finally {
    echo.disconnect();
  }
});

test('leaving a channel with Laravel Echo silences it', async () => {
  const job = await stage.job(ada.actor);
  const echo = openEcho();
  const ear = new Ear();
  try {
    const listen = (name: string, event: string): void =>
      void echo
        .private(name)
        .listen('.import.job.status.changed', (payload: Payload) => ear.hear({ event, channel: null, payload }));
    const joined = new Ear();
    listen(`user.${ada.actor.userId}`, 'user');
    listen(`import.job.${job.id}`, 'job');
    echo
      .private(`import.job.${job.id}`)
      .listen('.import.progress.updated', (payload: Payload) => joined.hear({ event: '', channel: null, payload }));
    await joined.until((all) => all.length > 0);
    echo.leave(`import.job.${job.id}`);
    await stage.transition(job, 'running', 'paused', 'job.paused');
    await stage.transition(job, 'paused', 'running', 'job.resumed');
    await ear.until((all) => all.length >= 2);
    assert.deepEqual(
      ear.all.map(({ event, payload }) => [event, payload['event_type']]),
      [
        ['user', 'job_paused'],
        ['user', 'job_resumed'],
      ],
    );
  } finally {
    echo.disconnect();
  }
});
