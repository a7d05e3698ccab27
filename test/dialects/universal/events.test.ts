import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startEventLog } from './event-log.ts';
import type { Entry, EventLog } from './event-log.ts';

let log: EventLog;

before(async () => {
  log = await startEventLog();
});
after(() => log.stage.close());

const typesOf = (entries: readonly Entry[]): string[] => entries.map(({ type }) => type);

describe('the event log as JSON', () => {
  test('tells what happened in the tenant, oldest first, in the words of the sockets', async () => {
    const { owner, job } = log;
    const { data, next_after } = await log.page(owner);
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
    const { owner } = log;
    const all = (await log.page(owner)).data;
    const seen: Entry[] = [];
    let after = 0;
    for (;;) {
      const { data, next_after } = await log.page(owner, `?after=${after}&limit=2`);
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
    const { owner, agentsJob } = log;
    const { data } = await log.page(owner, `?job_id=${agentsJob.id}`);
    assert.deepEqual(
      data.map(({ type, job_id }) => [type, job_id]),
      [['job_paused', agentsJob.id]],
    );
  });

  test('shows an agent his own jobs alone', async () => {
    const { agent, agentsJob } = log;
    const { data } = await log.page(agent);
    assert.deepEqual(
      data.map(({ type, job_id }) => [type, job_id]),
      [['job_paused', agentsJob.id]],
    );
  });

  test('has no word of another tenant, nor of jobs that are not the reader’s to see', async () => {
    const { owner, agent, stranger, job } = log;
    assert.deepEqual(await log.page(stranger), { data: [], next_after: 0 });
    const notFound = { status: 404, body: { message: 'Import job not found' } };
    assert.deepEqual(await log.ask(stranger, `?job_id=${job.id}`), notFound);
    assert.deepEqual(await log.ask(agent, `?job_id=${job.id}`), notFound);
    assert.deepEqual(await log.ask(owner, `?job_id=${randomUUID()}`), notFound);
  });

  test('needs system.import, and says what is wrong with a query', async () => {
    const { stage, owner } = log;
    const plain = await stage.person({ tenantId: owner.actor.tenantId, role: 'agent' });
    assert.equal((await log.ask(plain)).status, 403);
    const { status, body } = await log.ask(owner, '?after=-1&limit=5000&job_id=7');
    assert.equal(status, 422);
    assert.deepEqual(new Set(Object.keys((body as { errors: object }).errors)), new Set(['after', 'limit', 'job_id']));
  });
});
