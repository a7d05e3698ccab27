import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Person } from '../../realtime/stage.ts';
import { startEventLog } from './event-log.ts';
import type { Entry, EventLog } from './event-log.ts';

let log: EventLog;

before(async () => {
  log = await startEventLog();
});
after(() => log.stage.close());

/** An open stream of events and what has come of it. */
interface Stream {
  readonly response: Response;
  next(): Promise<{ id: string; entry: Entry }>;
  /** Resolves when the server has ended it. */
  end(): Promise<void>;
  leave(): void;
}

async function openStream(person: Person, query = '', headers: Record<string, string> = {}): Promise<Stream> {
  const left = new AbortController();
  const response = await fetch(`${log.stage.url}/api/import/events${query}`, {
    signal: left.signal,
    headers: { Authorization: `Bearer ${person.token}`, Accept: 'text/event-stream', ...headers },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail();
  let text = '';
  return {
    response,
    leave: () => left.abort(),
    async end() {
      while (!(await reader.read()).done);
    },
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
    const { stage, owner } = log;
    const { data } = await log.page(owner);
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
    const { owner } = log;
    const { data } = await log.page(owner);
    const stream = await openStream(owner, '?after=0', { 'Last-Event-ID': String(data[1]?.id) });
    assert.deepEqual((await stream.next()).entry, data[2]);
    stream.leave();
  });

  test('holds only what its reader may see', async () => {
    const { stage, agent, agentsJob } = log;
    const stream = await openStream(agent);
    assert.equal((await stream.next()).entry.job_id, agentsJob.id);
    await stage.transition(agentsJob, 'paused', 'running', 'job.resumed');
    assert.equal((await stream.next()).entry.type, 'job_resumed');
    stream.leave();
  });

  test('ends within seconds when its reader’s API token is deleted', async () => {
    const { stage, owner } = log;
    const asked = { name: 'script', permissions: null, expiresInDays: null };
    const { id, token } = await stage.access.createToken(owner.actor, asked);
    const stream = await openStream({ ...owner, token });
    await stream.next();
    await stage.access.deleteToken(owner.actor, { id });
    await stream.end();
    stream.leave();
  });

  test('ends when the reader leaves, and nothing of it stays behind', async () => {
    const { stage, owner } = log;
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
    const { stage, owner, agentsJob } = log;
    const { data } = await log.page(owner);
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
  const { orm } = log.stage;
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
