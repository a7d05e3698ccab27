import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { JOB_STATUSES } from '../../../src/domain/job.ts';
import { claimPartition } from '../../../src/store/commit/partition-claim.ts';
import { transitionJob } from '../../../src/store/queries/jobs/jobs.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { rawSession, untilBlocked } from '../../support/sessions.ts';
import { openTestStore } from '../../support/store.ts';

const { database, orm, pool } = await openTestStore(8);

const rows = (count: number): RowValues[] =>
  Array.from({ length: count }, (_, n) => ({ external_id: String(n + 1), name: `name ${n}` }));

/** All that a commit changes, in numbers: they agree or the transaction was torn. */
async function written(job: TestImport): Promise<object> {
  const [partition] = await job.partitions();
  return {
    records: (await recordsOf(pool, job.spec, job.tenantId)).length,
    ledger: (await job.ledger()).length,
    done: partition?.rowsDone,
    created: partition?.created,
    position: partition?.position?.key ?? null,
  };
}

const all = (count: number): object => ({
  records: count,
  ledger: count,
  done: count,
  created: count,
  position: [String(count)],
});
const NOTHING = { records: 0, ledger: 0, done: 0, created: 0, position: null };

test('an earlier attempt cannot commit after a later one has taken over', async () => {
  const job = await startImport(orm);
  const early = await job.claim();
  const late = await job.claim();
  assert.equal(late.fence, early.fence + 1);
  await assert.rejects(job.commit(rows(3), { claim: early, key: '3' }), { code: 'superseded' });
  assert.deepEqual(await written(job), NOTHING);
  await job.commit(rows(3), { claim: late, key: '3' });
  await assert.rejects(job.commit(rows(3), { claim: early, key: '3' }), { code: 'superseded' });
  assert.deepEqual(await written(job), all(3));
});

test('of two attempts that commit the same rows at once, one does', async () => {
  for (let round = 0; round < 20; round++) {
    const job = await startImport(orm);
    const early = await job.claim();
    const first = job.commit(rows(5), { claim: early, key: '5' }).then(
      () => 'early',
      () => 'refused',
    );
    const late = await job.claim();
    const outcome =
      late.rowsDone === 5 ? 'nothing left' : await job.commit(rows(5), { claim: late, key: '5' }).then(() => 'late');
    assert.deepEqual([await first, outcome], late.rowsDone === 5 ? ['early', 'nothing left'] : ['refused', 'late']);
    assert.deepEqual(await written(job), all(5));
  }
});

test('taking a partition over waits for a commit that is under way and sees its checkpoint', async () => {
  await using blocker = await rawSession(database.url);
  const job = await startImport(orm);
  const early = await job.claim();
  await blocker.query('begin; lock table "import_records" in share mode');
  const commit = job.commit(rows(4), { claim: early, key: '4' });
  await untilBlocked(blocker, 1);
  const takeover = claimPartition(pool, early.partitionId);
  await untilBlocked(blocker, 2);
  await blocker.query('commit');
  await commit;
  const late = await takeover;
  assert.deepEqual([late.rowsDone, late.position, late.counters.created], [4, { key: ['4'], ordinal: 1 }, 4]);
});

test('nothing is committed for a job that does not run', async () => {
  for (const status of JOB_STATUSES.filter((each) => each !== 'running')) {
    const job = await startImport(orm, { status });
    await assert.rejects(job.commit(rows(1), { key: '1' }), { code: 'stopped', details: { status } });
    assert.deepEqual(await written(job), NOTHING);
  }
});

test('a job that is paused in the middle goes on after its last commit when it runs again', async () => {
  const job = await startImport(orm);
  const claim = await job.claim();
  await job.commit(rows(2), { claim, key: '2' });
  await transitionJob(orm.em, { jobId: job.jobId, from: ['running'], to: 'paused', event: 'job.paused' });
  await assert.rejects(job.commit(rows(4).slice(2), { claim, rowsDone: 2, key: '4' }), { code: 'stopped' });
  assert.deepEqual(await written(job), all(2));
  await transitionJob(orm.em, { jobId: job.jobId, from: ['paused'], to: 'running', event: 'job.resumed' });
  await job.commit(rows(4).slice(2), { claim, rowsDone: 2, key: '4' });
  assert.deepEqual(await written(job), all(4));
});

test('a partition whose job was deleted is gone', async () => {
  const job = await startImport(orm);
  const claim = await job.claim();
  await pool.query('delete from "import_jobs" where "id" = $1', [job.jobId]);
  await assert.rejects(claimPartition(pool, claim.partitionId), { code: 'not_found' });
  await assert.rejects(job.commit(rows(1), { claim, rowsDone: 0 }), { code: 'superseded' });
});

/** A session that dies just before its nth statement is sent, or just after; `death` is null when it had fewer. */
function dying(
  client: pg.PoolClient,
  kill: () => Promise<void>,
  at: number,
  when: 'before' | 'after',
): { client: pg.PoolClient; death: () => Promise<void> | null } {
  let sent = 0;
  let death: Promise<void> | null = null;
  const original: unknown = Reflect.get(client, 'query');
  if (typeof original !== 'function') throw new Error('a client has a method query');
  const query = (...args: unknown[]): unknown => {
    const send = (): unknown => Reflect.apply(original, client, args);
    if (++sent !== at) return send();
    const isStream = typeof args[0] === 'object' && args[0] !== null && 'submit' in args[0];
    if (when === 'before' && !isStream) {
      death = kill();
      return death.then(send);
    }
    const result = send();
    death = kill();
    return result;
  };
  const watched = new Proxy(client, {
    get: (target, name) => (name === 'query' ? query : Reflect.get(target, name, target)),
  });
  return { client: watched, death: () => death };
}

test('a session that dies at any statement leaves all of a chunk or nothing, and the next attempt ends it', async () => {
  await using killer = await rawSession(database.url);
  for (const when of ['before', 'after'] as const) {
    let died = true;
    for (let at = 1; died; at++) {
      const first = await startImport(orm);
      await first.commit(rows(2), { key: '2' });
      const job = await startImport(orm, { ...first, detect: ['email'] });
      const changed = rows(6).map((row) => ({ ...row, email: `${row['external_id']}@x`, notes: 'changed' }));
      const client = await pool.connect();
      const { rows: pids } = await client.query<{ pid: number }>('select pg_backend_pid() as "pid"');
      const kill = async (): Promise<void> =>
        void (await killer.query('select pg_terminate_backend($1, 5000)', [pids[0]?.pid]));
      const doomed = dying(client, kill, at, when);
      const claim = await job.claim();
      const failed = await job
        .commit(
          [...changed, job.draft({}, [{ field: null, code: 'duplicate', message: 'x', value: null, fatal: true }])],
          { claim, key: '7', client: doomed.client },
        )
        .then(
          () => false,
          () => true,
        );
      client.release(true);
      const death = doomed.death();
      await death;
      died = death !== null;
      const [partition] = await job.partitions();
      const done = partition?.rowsDone === 7;
      const state = {
        ledger: (await job.ledger()).length,
        issues: (await job.issues()).length,
        counters: await job.counters(),
        position: partition?.position?.key ?? null,
      };
      const whole = {
        ledger: 7,
        issues: 1,
        counters: { created: 4, updated: 2, skipped: 0, failed: 1, duplicates: 0 },
        position: ['7'],
      };
      const none = {
        ledger: 0,
        issues: 0,
        counters: { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 },
        position: null,
      };
      assert.deepEqual(state, done ? whole : none, `${when} statement ${at}`);
      if (!failed) assert.ok(done);
      assert.equal((await recordsOf(pool, job.spec, job.tenantId)).length, done ? 6 : 2);
      if (done) continue;
      const next = await job.claim();
      await job.commit(
        [...changed, job.draft({}, [{ field: null, code: 'duplicate', message: 'x', value: null, fatal: true }])],
        { claim: next, key: '7' },
      );
      assert.deepEqual(await job.counters(), whole.counters);
    }
  }
});
