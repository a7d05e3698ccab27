import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { closeClients, connect, connected } from './ear.ts';
import type { Ear } from './ear.ts';
import { cutRelay, startStage } from './stage.ts';
import type { Job, Person, Stage } from './stage.ts';

interface Joined {
  readonly ok: true;
  readonly last_event_id: number;
}

let stage: Stage;
let ada: Person;

before(async () => {
  stage = await startStage();
  ada = await stage.person();
});
afterEach(closeClients);
after(() => stage.close());

function pause(job: Job, data = {}): Promise<number> {
  const { tenantId, userId } = ada.actor;
  return stage.append({ tenantId, userId, type: 'job.paused', jobId: job.id, profileId: job.profileId, data });
}

async function pauseOften(job: Job, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await pause(job));
  return ids;
}

/** Bytes that this process, clients and server in one, still needs. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The ids of the state events heard on a channel, in the order they were heard. */
function idsHeard(ear: Ear, channel: string): unknown[] {
  return ear
    .named('import.job.status.changed')
    .flatMap((heard) => (heard.channel === channel ? heard.payload['event_id'] : []));
}

test('with after, what was missed is told in order before the answer, and then what happens', async () => {
  const job = await stage.job(ada.actor);
  const channel = `private-import.job.${job.id}`;
  const past = await pauseOften(job, 7);
  const { subscribe, ear } = await connect(stage, ada);
  const answer = (await subscribe(channel, past[1])) as Joined;
  assert.deepEqual(idsHeard(ear, channel), past.slice(2));
  assert.deepEqual(answer, { ok: true, channel, last_event_id: past.at(-1) });
  const next = await pause(job);
  await ear.payloads('import.job.status.changed', 6);
  assert.deepEqual(idsHeard(ear, channel), [...past.slice(2), next]);
});

test('without after, only what happens from then on is told', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const past = await pauseOften(job, 3);
  const { subscribe, ear } = await connect(stage, ada);
  const answer = (await subscribe(channel)) as Joined;
  assert.ok(answer.last_event_id >= (past.at(-1) ?? 0));
  const next = await pause(job);
  await ear.payloads('import.job.status.changed', 1);
  assert.deepEqual(idsHeard(ear, channel), [next]);
});

test('what a client hears while it is told of the past is neither lost nor told twice', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const ids = await pauseOften(job, 450);
  const clients = await Promise.all([1, 2, 3, 4].map(() => connect(stage, ada)));
  const writing = pauseOften(job, 150);
  const joining = clients.map(({ subscribe }, index) => subscribe(channel, ids[index * 100]));
  ids.push(...(await writing));
  await Promise.all(joining);
  for (const [index, { ear }] of clients.entries()) {
    const expected = ids.slice(index * 100 + 1);
    await ear.payloads('import.job.status.changed', expected.length);
    assert.deepEqual(idsHeard(ear, channel), expected);
  }
});

test('a client that was away catches up with the last id it has seen', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const first = await connect(stage, ada);
  await first.subscribe(channel);
  const seen = await pauseOften(job, 3);
  await first.ear.payloads('import.job.status.changed', 3);
  first.socket.disconnect();
  const missed = await pauseOften(job, 5);
  const second = await connect(stage, ada);
  await second.subscribe(channel, seen.at(-1));
  assert.deepEqual(idsHeard(second.ear, channel), missed);
});

test('a channel that is subscribed already begins anew from after', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(channel);
  const ids = await pauseOften(job, 3);
  await ear.payloads('import.job.status.changed', 3);
  await subscribe(channel, ids[0]);
  const next = await pause(job);
  await ear.payloads('import.job.status.changed', 6);
  assert.deepEqual(idsHeard(ear, channel), [...ids, ...ids.slice(1), next]);
});

test('an after from beyond the end of the log does not silence a channel', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const last = await pause(job);
  const { subscribe, ear } = await connect(stage, ada);
  const answer = (await subscribe(channel, Number.MAX_SAFE_INTEGER)) as Joined;
  assert.equal(answer.last_event_id, last);
  const next = await pause(job);
  await ear.payloads('import.job.status.changed', 1);
  assert.deepEqual(idsHeard(ear, channel), [next]);
});

test('nothing is lost when the connection that listens is killed again and again', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(channel);
  const ids: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    ids.push(...(await pauseOften(job, 5)));
    await cutRelay(stage.databaseUrl);
    ids.push(...(await pauseOften(job, 5)));
  }
  await ear.payloads('import.job.status.changed', ids.length);
  assert.deepEqual(idsHeard(ear, channel), ids);
});

test('nothing is lost when every connection to the database is killed', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const { subscribe, ear } = await connect(stage, ada);
  await subscribe(channel);
  const ids = await pauseOften(job, 3);
  await stage.orm.em.fork().execute(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  const replaying = await connect(stage, ada);
  const joined = replaying.subscribe(channel, ids[0]);
  ids.push(...(await pauseOften(job, 3)));
  await joined;
  await ear.payloads('import.job.status.changed', ids.length);
  assert.deepEqual(idsHeard(ear, channel), ids);
  await replaying.ear.payloads('import.job.status.changed', ids.length - 1);
  assert.deepEqual(idsHeard(replaying.ear, channel), ids.slice(1));
});

test('two API processes beside each other tell the same', async (context) => {
  const other = await stage.beside();
  context.after(() => other.close());
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const here = await connect(stage, ada);
  const there = await connect(other, ada);
  await Promise.all([here.subscribe(channel), there.subscribe(channel)]);
  const ids = await pauseOften(job, 20);
  for (const { ear } of [here, there]) {
    await ear.payloads('import.job.status.changed', ids.length);
    assert.deepEqual(idsHeard(ear, channel), ids);
  }
});

test('a client that stops reading is waited for without keeping in memory what it does not take', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const slow = await connect(stage, ada);
  const quick = await connect(stage, ada);
  await Promise.all([slow.subscribe(channel), quick.subscribe(channel)]);
  // The client's end of the connection takes nothing any more.
  const { ws } = slow.socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } };
  ws.pause();
  const before = memoryInUse();

  const { tenantId, userId } = ada.actor;
  const error = { code: 'internal', message: 'x'.repeat(8_000) };
  const rows: { id: string }[] = await stage.orm.em.fork().execute(
    `insert into "import_events" ("tenant_id", "type", "job_id", "user_id", "data")
     select ?, 'job.failed', ?, ?, ?::jsonb from generate_series(1, 10000) returning "id"`,
    [tenantId, job.id, userId, JSON.stringify({ error })],
  );
  const ids = rows.map(({ id }) => Number(id));
  ids.push(await pause(job));
  const untold = (ear: Ear): boolean => ear.all.at(-1)?.payload['event_id'] !== ids.at(-1);
  await quick.ear.until(() => !untold(quick.ear));
  assert.deepEqual(idsHeard(quick.ear, channel), ids);
  assert.ok(untold(slow.ear));
  quick.ear.all.length = 0;
  const grown = memoryInUse() - before;
  assert.ok(grown < 40e6, `80 MB of events wait for the client, and ${Math.round(grown / 1e6)} MB are in memory`);

  ws.resume();
  await slow.ear.until(() => !untold(slow.ear));
  assert.deepEqual(idsHeard(slow.ear, channel), ids);
});

test('a client that is cut off while it is told of the past can come back and is told the rest', async () => {
  const job = await stage.job(ada.actor);
  const channel = `import.job.${job.id}`;
  const ids = await pauseOften(job, 300);
  const { socket, subscribe, ear } = await connect(stage, ada);
  const interrupted = subscribe(channel, (ids[0] ?? 1) - 1).catch(() => null);
  await ear.until((all) => all.length >= 10);
  socket.io.engine.close();
  await connected(socket);
  const seen = idsHeard(ear, channel);
  await subscribe(channel, Number(seen.at(-1)));
  assert.deepEqual(idsHeard(ear, channel), ids);
  socket.disconnect();
  await interrupted;
});
