import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { closeClients, connect } from './ear.ts';
import { cutRelay, startStage } from './stage.ts';
import type { Person, Stage } from './stage.ts';

const PROGRESS = 'import.progress.updated';

let stage: Stage;
let ada: Person;

before(async () => {
  stage = await startStage();
  ada = await stage.person();
});
afterEach(closeClients);
after(() => stage.close());

test('progress carries the counters of the job row and its partitions', async () => {
  const job = await stage.job(ada.actor);
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(`import.job.${job.id}`);
  const [first] = await ear.payloads(PROGRESS, 1);
  assert.partialDeepStrictEqual(first, { job_id: job.id, records_processed: 0, progress_percentage: 0 });
  await stage.orm.em
    .fork()
    .execute(`update "import_jobs" set "operation" = 'Importing customer_users' where "id" = ?`, [job.id]);
  await stage.commitRows(job, { created: 300, updated: 100, skipped: 40, failed: 10, duplicates: 7 });
  const [, second] = await ear.payloads(PROGRESS, 2);
  const { started_at, timestamp, estimated_completion, duration, ...facts } = second ?? {};
  assert.deepEqual(facts, {
    job_id: job.id,
    profile_id: job.profileId,
    status: 'running',
    progress_percentage: 45,
    current_operation: 'Importing customer_users',
    records_processed: 450,
    records_imported: 400,
    records_updated: 100,
    records_skipped: 40,
    records_failed: 10,
    records_duplicates: 7,
    estimated_total: 1000,
  });
  for (const time of [started_at, timestamp, estimated_completion]) {
    assert.equal(new Date(String(time)).toISOString(), time);
  }
  assert.ok(Number(duration) >= 0);
  assert.ok(String(estimated_completion) > String(timestamp));
});

test('progress of a job that is over says how long it took, whenever it is asked for', async () => {
  const job = await stage.job(ada.actor);
  await stage.orm.em.fork().execute(
    `update "import_jobs" set "status" = 'completed', "started_at" = now() - interval '1 hour',
       "completed_at" = now() - interval '59 minutes' where "id" = ?`,
    [job.id],
  );
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(`import.job.${job.id}`);
  const [told] = await ear.payloads(PROGRESS, 1);
  assert.partialDeepStrictEqual(told, { job_id: job.id, status: 'completed', duration: 60 });
});

test('progress goes to the channels of the job, its profile, its user and the global one, each once', async () => {
  const job = await stage.job(ada.actor);
  const { subscribe, ear } = await connect(stage, ada);
  const channels = [
    `private-import.profile.${job.profileId}`,
    `user.${ada.actor.userId}`,
    'import.global',
    `import.job.${job.id}`,
  ];
  for (const channel of channels) await subscribe(channel);
  await ear.until((all) => all.length >= 4);
  assert.equal(ear.all.length, 4);
  assert.deepEqual(new Set(ear.all.map(({ channel }) => channel)), new Set(channels));
});

test('a job that commits without pause is told of at most four times in any second, and exactly at its end', async () => {
  const job = await stage.job(ada.actor);
  const { socket, subscribe, ear } = await connect(stage, ada);
  const times: number[] = [];
  socket.on(PROGRESS, () => times.push(performance.now()));
  await subscribe(`import.job.${job.id}`);
  const until = performance.now() + 2_500;
  let commits = 0;
  while (performance.now() < until) {
    await stage.commitRows(job, { created: 1 });
    commits += 1;
  }
  await stage.transition(job, 'running', 'completed', 'job.completed');
  await ear.payloads('import.job.status.changed', 1);

  assert.ok(commits > 50);
  for (const [index, time] of times.entries()) {
    const fifth = times[index + 4];
    // A message may be a little late, which brings it nearer to the next.
    assert.ok(fifth === undefined || fifth - time > 900, `five within ${(fifth ?? 0) - time} ms`);
  }
  assert.ok(times.length >= 5);
  assert.deepEqual(
    ear.all.slice(-2).map(({ event, payload }) => [event, payload['status'], payload['records_processed']]),
    [
      [PROGRESS, 'completed', commits],
      ['import.job.status.changed', 'completed', commits],
    ],
  );
  const counts = ear.named(PROGRESS).map(({ payload }) => Number(payload['records_processed']));
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
});

test('who begins to watch a job that has ended is told how it ended', async () => {
  const job = await stage.job(ada.actor);
  await stage.commitRows(job, { created: 12 });
  await stage.transition(job, 'running', 'cancelled', 'job.cancelled');
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(`import.job.${job.id}`);
  const [payload] = await ear.payloads(PROGRESS, 1);
  assert.partialDeepStrictEqual(payload, {
    status: 'cancelled',
    records_processed: 12,
    progress_percentage: 1,
    estimated_completion: null,
  });
});

test('a job nobody watches is not even read, and is as soon as somebody does', async () => {
  const watched = await stage.job(ada.actor);
  const grace = await stage.person();
  const unwatched = await stage.job(grace.actor);
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(`import.job.${watched.id}`);
  const read: string[] = [];
  const { progress } = stage.events;
  stage.events.progress = (jobIds) => {
    read.push(...jobIds);
    return progress(jobIds);
  };
  // Whose job it is has to be read once.
  for (const rounds of [1, 2, 3]) {
    await stage.commitRows(unwatched, { created: 1 });
    await stage.commitRows(watched, { created: 1 });
    await ear.until(() => ear.named(PROGRESS).some(({ payload }) => payload['records_processed'] === rounds));
  }
  assert.equal(read.filter((jobId) => jobId === unwatched.id).length, 1);
  assert.ok(read.filter((jobId) => jobId === watched.id).length >= 3);

  const other = await connect(stage, grace);
  await other.subscribe('import.global');
  await stage.commitRows(unwatched, { created: 1 });
  await other.ear.until((all) => all.some(({ payload }) => payload['records_processed'] === 4));
  stage.events.progress = progress;
});

test('progress whose notification was lost is told when the relay listens again', async () => {
  const job = await stage.job(ada.actor);
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(`import.job.${job.id}`);
  await ear.payloads(PROGRESS, 1);
  await stage.orm.em.fork().execute(`update "import_partitions" set "created" = 77 where "job_id" = ?`, [job.id]);
  assert.equal(await cutRelay(stage.databaseUrl), 1);
  await ear.until((all) => all.some(({ payload }) => payload['records_processed'] === 77));
});

test('a client that stops reading is told the newest progress of each job when it reads again', async () => {
  const jobs = await Promise.all([1, 2, 3].map(() => stage.job(ada.actor)));
  const slow = await connect(stage, ada);
  const quick = await connect(stage, ada);
  for (const { subscribe } of [slow, quick]) await subscribe('import.global');
  const { ws } = slow.socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } };
  ws.pause();
  // Enough to fill what lies between the two ends of the connection.
  const { tenantId, userId } = ada.actor;
  const data = { changes: 'x'.repeat(100_000) };
  for (let index = 0; index < 150; index += 1) {
    await stage.append({ tenantId, userId, type: 'profile.updated', data });
  }
  await quick.ear.payloads('import.profile.updated', 150);
  const heardBefore = slow.ear.named('import.profile.updated').length;
  for (const round of [1, 2, 3]) {
    for (const job of jobs) await stage.commitRows(job, { created: 1 });
    const done = jobs.map(({ id }) => `${id} ${round}`);
    const said = (): Set<string> =>
      new Set(
        quick.ear
          .named(PROGRESS)
          .map(({ payload }) => `${String(payload['job_id'])} ${String(payload['records_processed'])}`),
      );
    await quick.ear.until(() => done.every((each) => said().has(each)));
  }
  assert.equal(slow.ear.named(PROGRESS).length, 0);
  assert.ok(heardBefore < 150);
  ws.resume();
  await slow.ear.until(
    () => slow.ear.named('import.profile.updated').length === 150 && slow.ear.named(PROGRESS).length >= 3,
  );
  await slow.subscribe(`user.${ada.actor.userId}`);
  const told = slow.ear.named(PROGRESS).filter(({ channel }) => channel === 'import.global');
  assert.equal(told.length, 3);
  assert.deepEqual(
    new Map(told.map(({ payload }) => [payload['job_id'], payload['records_processed']])),
    new Map(jobs.map(({ id }) => [id, 3])),
  );
});
