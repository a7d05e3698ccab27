import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { parseInput } from '../../../src/dialects/parse-input.ts';
import { presentError } from '../../../src/dialects/universal/errors.ts';
import { eventRoutes } from '../../../src/dialects/universal/events.ts';
import { LIMITS } from '../../../src/dialects/universal/words.ts';
import type { Access } from '../../../src/engine/access/index.ts';
import type { Events } from '../../../src/engine/events/index.ts';
import { createApp } from '../../../src/http/app.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { startStage } from '../../realtime/stage.ts';
import type { Job, Person, Stage } from '../../realtime/stage.ts';

let stage: Stage;
let streams: Server;
let owner: Person;
let agent: Person;
let stranger: Person;
let job: Job;
let agentsJob: Job;

before(async () => {
  stage = await startStage({ application: serveLog });
  streams = createServer(serveStream(stage)).listen(0, '127.0.0.1');
  await once(streams, 'listening');
  owner = await stage.person();
  const { tenantId } = owner.actor;
  agent = await stage.person({ tenantId, role: 'agent', permissions: ['system.import'] });
  stranger = await stage.person();
  job = await stage.job(owner.actor);
  agentsJob = await stage.job(agent.actor);
  await stage.append({
    tenantId,
    userId: owner.actor.userId,
    type: 'profile.updated',
    profileId: job.profileId,
    data: { name: 'Help desk', connectionStatus: 'connected' },
  });
  await stage.transition(job, 'running', 'paused', 'job.paused');
  await stage.transition(agentsJob, 'running', 'paused', 'job.paused');
  await stage.transition(job, 'paused', 'running', 'job.resumed');
  await stage.commitRows(job, { created: 7, failed: 1 });
  await stage.transition(job, 'running', 'completed', 'job.completed');
});
after(async () => {
  streams.closeAllConnections();
  streams.close();
  await stage.close();
});

/** The real application with the event log alone. */
function serveLog({ access, events }: { access: Access; events: Events }): RequestListener {
  const routes = eventRoutes({ events });
  const universal: Dialect = { name: 'universal', prefix: '/api/import', routes, limits: LIMITS, presentError };
  const fine = (): Promise<void> => Promise.resolve();
  const logger = createLogger('api', 'silent');
  const checks = { database: fine, temporal: fine, worker: fine };
  const countJobs = () => Promise.resolve({});
  const serve = createApp({ dialects: [universal], access, checks, countJobs, logger }).callback();
  return (request, response) => void serve(request, response);
}

/** The route with the request's headers, as a stream needs them. */
function serveStream({ access, events }: Stage): RequestListener {
  const [route] = eventRoutes({ events });
  assert.ok(route);
  return (request, response) => {
    void (async () => {
      const left = new AbortController();
      response.once('close', () => left.abort());
      const bearer = header(request, 'authorization')?.replace('Bearer ', '') ?? null;
      const identity = await access.authenticate({ bearer, cookie: null });
      const queryString = request.url?.split('?')[1] ?? '';
      const asked = {
        ...parseInput(route, { params: {}, queryString, json: undefined }),
        actor: identity?.actor ?? null,
        sessionId: identity?.sessionId ?? null,
        requestId: 'test',
        address: '127.0.0.1',
        signal: left.signal,
        header: (name: string) => header(request, name),
      };
      const { headers, body } = await route.answer(asked);
      assert.ok(body instanceof Readable);
      response.writeHead(200, { ...headers });
      body.pipe(response);
    })();
  };
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

interface Entry {
  readonly id: number;
  readonly type: string;
  readonly job_id: string | null;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function ask(person: Person, query = ''): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${stage.url}/api/import/events${query}`, {
    headers: { Authorization: `Bearer ${person.token}` },
  });
  return { status: response.status, body: await response.json() };
}

async function page(person: Person, query = ''): Promise<{ data: Entry[]; next_after: number }> {
  const { status, body } = await ask(person, query);
  assert.equal(status, 200, JSON.stringify(body));
  return body as { data: Entry[]; next_after: number };
}

const typesOf = (entries: readonly Entry[]): string[] => entries.map(({ type }) => type);

describe('the event log as JSON', () => {
  test('tells what happened in the tenant, oldest first, in the words of the sockets', async () => {
    const { data, next_after } = await page(owner);
    assert.deepEqual(typesOf(data), ['profile_updated', 'job_paused', 'job_paused', 'job_resumed', 'job_completed']);
    assert.equal(next_after, data.at(-1)?.id);
    const { id, at, data: facts, ...rest } = data.at(-1) ?? assert.fail();
    assert.deepEqual(rest, { type: 'job_completed', job_id: job.id });
    assert.equal(new Date(at).toISOString(), at);
    assert.partialDeepStrictEqual(facts, {
      event_id: id,
      event_type: 'job_completed',
      job_id: job.id,
      status: 'completed',
      records_processed: 8,
      records_imported: 7,
      records_failed: 1,
    });
    assert.partialDeepStrictEqual(data[0]?.data, {
      event_type: 'profile_updated',
      profile_id: job.profileId,
      name: 'Help desk',
      connection_status: 'connected',
    });
  });

  test('is read page by page with next_after, which stays where it is at the end', async () => {
    const all = (await page(owner)).data;
    const seen: Entry[] = [];
    let after = 0;
    for (;;) {
      const { data, next_after } = await page(owner, `?after=${after}&limit=2`);
      seen.push(...data);
      if (data.length === 0) {
        assert.equal(next_after, after);
        break;
      }
      after = next_after;
    }
    assert.deepEqual(seen, all);
  });

  test('is that of one job when it is named', async () => {
    const { data } = await page(owner, `?job_id=${agentsJob.id}`);
    assert.deepEqual(
      data.map(({ type, job_id }) => [type, job_id]),
      [['job_paused', agentsJob.id]],
    );
  });

  test('shows an agent his own jobs alone', async () => {
    const { data } = await page(agent);
    assert.deepEqual(
      data.map(({ type, job_id }) => [type, job_id]),
      [['job_paused', agentsJob.id]],
    );
  });

  test('has no word of another tenant, nor of jobs that are not the reader’s to see', async () => {
    assert.deepEqual(await page(stranger), { data: [], next_after: 0 });
    const notFound = { status: 404, body: { message: 'Import job not found' } };
    assert.deepEqual(await ask(stranger, `?job_id=${job.id}`), notFound);
    assert.deepEqual(await ask(agent, `?job_id=${job.id}`), notFound);
    assert.deepEqual(await ask(owner, `?job_id=${randomUUID()}`), notFound);
  });

  test('needs system.import, and says what is wrong with a query', async () => {
    const plain = await stage.person({ tenantId: owner.actor.tenantId, role: 'agent' });
    assert.equal((await ask(plain)).status, 403);
    const { status, body } = await ask(owner, '?after=-1&limit=5000&job_id=7');
    assert.equal(status, 422);
    assert.deepEqual(new Set(Object.keys((body as { errors: object }).errors)), new Set(['after', 'limit', 'job_id']));
  });
});

/** An open stream of events and what has come of it. */
interface Stream {
  readonly response: Response;
  next(): Promise<{ id: string; entry: Entry }>;
  leave(): void;
}

async function openStream(person: Person, query = '', headers: Record<string, string> = {}): Promise<Stream> {
  const left = new AbortController();
  const { port } = streams.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/api/import/events${query}`, {
    signal: left.signal,
    headers: { Authorization: `Bearer ${person.token}`, Accept: 'text/event-stream', ...headers },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail();
  let text = '';
  return {
    response,
    leave: () => left.abort(),
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end === -1) {
          const { value, done } = await reader.read();
          assert.ok(!done, 'the stream ended');
          text += value;
          continue;
        }
        const message = text.slice(0, end);
        text = text.slice(end + 2);
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/u.exec(message) ?? [];
        if (id !== undefined && data !== undefined) return { id, entry: JSON.parse(data) as Entry };
      }
    },
  };
}

describe('the event log as server-sent events', () => {
  test('tells what is past and then what happens, with the ids and entries of the JSON', async () => {
    const { data } = await page(owner);
    const stream = await openStream(owner);
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    for (const entry of data) assert.deepEqual(await stream.next(), { id: String(entry.id), entry });
    const added = await stage.job(owner.actor);
    await stage.transition(added, 'running', 'paused', 'job.paused');
    const { entry } = await stream.next();
    assert.partialDeepStrictEqual(entry, { type: 'job_paused', job_id: added.id });
    stream.leave();
  });

  test('goes on after Last-Event-ID, whatever the address says', async () => {
    const { data } = await page(owner);
    const stream = await openStream(owner, '?after=0', { 'Last-Event-ID': String(data[1]?.id) });
    assert.deepEqual((await stream.next()).entry, data[2]);
    stream.leave();
  });

  test('holds only what its reader may see', async () => {
    const stream = await openStream(agent);
    assert.equal((await stream.next()).entry.job_id, agentsJob.id);
    await stage.transition(agentsJob, 'paused', 'running', 'job.resumed');
    assert.equal((await stream.next()).entry.type, 'job_resumed');
    stream.leave();
  });

  test('ends when the reader leaves, and nothing of it stays behind', async () => {
    const listeners = new Set<() => void>();
    const listen = stage.events.feed.listen.bind(stage.events.feed);
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    stage.events.feed.listen = (listener) => {
      const stop = listen(listener);
      listeners.add(stop);
      return () => {
        stop();
        listeners.delete(stop);
        resolve();
      };
    };
    const stream = await openStream(owner);
    await stream.next();
    assert.equal(listeners.size, 1);
    stream.leave();
    await stopped;
    stage.events.feed.listen = listen;
    assert.equal(listeners.size, 0);
  });

  test('does not ask the log again for each reader when something happens', async () => {
    const { data } = await page(owner);
    const after = data.at(-1)?.id ?? 0;
    const opened = await Promise.all(Array.from({ length: 5 }, () => openStream(owner, `?after=${after}`)));
    // All have caught up when they have told of one that came live.
    await stage.transition(agentsJob, 'running', 'paused', 'job.paused');
    for (const stream of opened) await stream.next();
    const queries = await statementsDuring(async () => {
      await stage.transition(agentsJob, 'paused', 'running', 'job.resumed');
      for (const stream of opened) assert.equal((await stream.next()).entry.type, 'job_resumed');
    });
    // Only the relay asks what comes after the last event it has handed out.
    assert.deepEqual(new Set(queries), new Set(['"id" > ?']));
    for (const stream of opened) stream.leave();
  });
});

/** How the log was read while something was done: the first condition of each query. */
async function statementsDuring(act: () => Promise<void>): Promise<string[]> {
  const { orm } = stage;
  const connection = orm.em.getConnection();
  const execute = connection.execute.bind(connection);
  const read: string[] = [];
  connection.execute = async (query: Parameters<typeof execute>[0], ...rest) => {
    const [, condition] =
      /from "import_events" where (.*?)(?: and | order)/u.exec(typeof query === 'string' ? query : '') ?? [];
    if (condition !== undefined) read.push(condition);
    return execute(query, ...rest);
  };
  try {
    await act();
    return read;
  } finally {
    connection.execute = execute;
  }
}
