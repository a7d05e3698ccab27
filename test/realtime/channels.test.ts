import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { closeClients, connect } from './ear.ts';
import { startStage } from './stage.ts';
import type { Job, Person, Stage } from './stage.ts';

let stage: Stage;
let owner: Person;
let admin: Person;
let agent: Person;
let helper: Person;
let stranger: Person;
let job: Job;
let agentsJob: Job;

before(async () => {
  stage = await startStage({ limits: { channelsPerSocket: 3 } });
  owner = await stage.person();
  const { tenantId } = owner.actor;
  admin = await stage.person({ tenantId, role: 'admin' });
  agent = await stage.person({ tenantId, role: 'agent' });
  helper = await stage.person({ tenantId, role: 'agent', permissions: ['system.import'] });
  stranger = await stage.person();
  job = await stage.job(owner.actor);
  agentsJob = await stage.job(agent.actor);
});
afterEach(closeClients);
after(() => stage.close());

async function verdicts(person: Person, channels: readonly string[]): Promise<unknown[]> {
  const { subscribe, socket } = await connect(stage, person);
  const answers: unknown[] = [];
  for (const channel of channels) {
    const answer = (await subscribe(channel)) as { ok: boolean; error?: string };
    answers.push(answer.ok ? 'joined' : answer.error);
    socket.emit('unsubscribe', { channel });
  }
  return answers;
}

test('owners and admins join the channels of every job and profile of their tenant, and the global one', async () => {
  const channels = [
    `import.job.${job.id}`,
    `private-import.job.${agentsJob.id}`,
    `import.profile.${job.profileId}`,
    'private-import.global',
  ];
  for (const person of [owner, admin]) {
    assert.deepEqual(await verdicts(person, channels), ['joined', 'joined', 'joined', 'joined']);
  }
});

test('an agent joins the channels of his own jobs only, and is told no more of others than of what does not exist', async () => {
  const channels = [`import.job.${agentsJob.id}`, `import.job.${job.id}`, `import.job.${randomUUID()}`];
  assert.deepEqual(await verdicts(agent, channels), ['joined', 'Import job not found', 'Import job not found']);
});

test('an agent joins neither the global channel nor, without its permission, that of a profile', async () => {
  assert.deepEqual(await verdicts(agent, ['import.global', `import.profile.${job.profileId}`]), [
    'This channel is for owners and admins.',
    'This action needs the permission system.import.',
  ]);
});

test('nothing of another tenant can be joined, nor told from what does not exist', async () => {
  const channels = [
    `import.job.${job.id}`,
    `import.profile.${job.profileId}`,
    `import.profile.${randomUUID()}`,
    `user.${owner.actor.userId}`,
  ];
  assert.deepEqual(await verdicts(stranger, channels), [
    'Import job not found',
    'Import profile not found',
    'Import profile not found',
    'User not found',
  ]);
});

test('everybody joins his own channel and nobody that of somebody else', async () => {
  const channels = [`user.${agent.actor.userId}`, `private-user.${owner.actor.userId}`];
  assert.deepEqual(await verdicts(agent, channels), ['joined', 'User not found']);
  assert.deepEqual(await verdicts(owner, channels), ['User not found', 'joined']);
});

test('what is no channel is not found, and what is no request is explained', async () => {
  const channels = ['import.job.1', 'presence-import.global', 'import', '@managers', `@user.${owner.actor.userId}`];
  assert.deepEqual(await verdicts(owner, channels), Array(5).fill('Channel not found'));
  const { socket } = await connect(stage, owner);
  for (const request of [null, 'import.global', {}, { channel: 7 }, { channel: 'import.global', after: -1 }]) {
    assert.deepEqual(await socket.emitWithAck('subscribe', request), {
      ok: false,
      error: 'A subscription is {channel, after?}, with the id of an event as after.',
    });
  }
});

test('who asks without waiting for an answer is told of a refusal by an event', async () => {
  const { socket, ear } = await connect(stage, agent);
  socket.emit('subscribe', { channel: 'private-import.global', auth: { headers: {} } });
  await ear.until((all) => all.length > 0);
  assert.deepEqual(
    ear.all.map(({ event, channel }) => ({ event, channel })),
    [{ event: 'subscription_error', channel: 'private-import.global' }],
  );
});

test('the global channel tells of the own tenant alone', async () => {
  const ours = await connect(stage, owner);
  const theirs = await connect(stage, stranger);
  await ours.subscribe('import.global');
  await theirs.subscribe('import.global');
  const foreign = await stage.job(stranger.actor);
  const own = await stage.job(agent.actor);
  await stage.transition(foreign, 'running', 'paused', 'job.paused');
  await stage.transition(own, 'running', 'paused', 'job.paused');
  const [heardByUs] = await ours.ear.payloads('import.job.status.changed', 1);
  const [heardByThem] = await theirs.ear.payloads('import.job.status.changed', 1);
  assert.deepEqual([heardByUs?.['job_id'], heardByThem?.['job_id']], [own.id, foreign.id]);
});

test('on a profile channel an agent hears of the profile and of his own jobs, not of those of others', async () => {
  const client = await connect(stage, helper);
  const { tenantId } = owner.actor;
  await client.subscribe(`import.profile.${job.profileId}`);
  const about = { tenantId, profileId: job.profileId };
  await stage.append({ ...about, type: 'job.paused', jobId: job.id, userId: owner.actor.userId });
  await stage.commitRows(job, { created: 1 });
  await stage.append({ ...about, type: 'job.paused', jobId: agentsJob.id, userId: helper.actor.userId });
  await stage.append({
    ...about,
    type: 'profile.updated',
    userId: owner.actor.userId,
    data: { changedFields: ['name'] },
  });
  const [updated] = await client.ear.payloads('import.profile.updated', 1);
  assert.partialDeepStrictEqual(updated, { event_type: 'profile_updated', changed_fields: ['name'] });
  assert.deepEqual(
    client.ear.all.map(({ event, payload }) => [event, payload['job_id']]),
    [
      ['import.job.status.changed', agentsJob.id],
      ['import.profile.updated', undefined],
    ],
  );
});

test('a channel that was left is silent, the others go on', async () => {
  const { socket, subscribe, ear } = await connect(stage, owner);
  await subscribe(`import.job.${job.id}`);
  await subscribe('import.global');
  assert.deepEqual(await socket.emitWithAck('unsubscribe', { channel: `import.job.${job.id}` }), { ok: true });
  await stage.transition(job, 'running', 'paused', 'job.paused');
  await stage.transition(job, 'paused', 'running', 'job.resumed');
  await ear.payloads('import.job.status.changed', 2);
  assert.deepEqual(
    ear.named('import.job.status.changed').map(({ channel, payload }) => [channel, payload['event_type']]),
    [
      ['import.global', 'job_paused'],
      ['import.global', 'job_resumed'],
    ],
  );
});

test('a socket has no more channels than it may, and may leave one for another', async () => {
  const { socket, subscribe } = await connect(stage, owner);
  const jobs = await Promise.all([1, 2, 3, 4].map(() => stage.job(owner.actor)));
  const answers = await Promise.all(jobs.map(({ id }) => subscribe(`import.job.${id}`)));
  assert.deepEqual(answers.at(-1), { ok: false, error: 'A socket has at most 3 channels.' });
  assert.equal(answers.filter((answer) => (answer as { ok: boolean }).ok).length, 3);
  socket.emit('unsubscribe', { channel: `import.job.${jobs[0]?.id}` });
  assert.partialDeepStrictEqual(await subscribe(`import.job.${jobs[3]?.id}`), { ok: true });
});

test('subscribing twice tells everything once', async () => {
  const { subscribe, ear } = await connect(stage, owner);
  const watched = await stage.job(owner.actor);
  const [first, second] = await Promise.all([1, 2].map(() => subscribe(`import.job.${watched.id}`)));
  assert.deepEqual(first, second);
  await stage.transition(watched, 'running', 'paused', 'job.paused');
  await stage.transition(watched, 'paused', 'running', 'job.resumed');
  const payloads = await ear.payloads('import.job.status.changed', 2);
  assert.deepEqual(
    payloads.map(({ event_type }) => event_type),
    ['job_paused', 'job_resumed'],
  );
});
