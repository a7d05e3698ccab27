import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transitionJob } from '../../../src/store/queries/jobs/jobs.ts';
import { tickets } from '../../../src/targets/tickets.ts';
import { filled, recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TargetRow, TestImport } from '../../support/records.ts';
import { rawSession, untilBlocked } from '../../support/sessions.ts';
import { openTestStore } from '../../support/store.ts';

const { database, orm, pool } = await openTestStore(10);

const records = (of: TestImport): Promise<TargetRow[]> => recordsOf(pool, of.spec, of.tenantId);
const row = (id: string, more: RowValues = {}): RowValues => ({ external_id: id, name: `name ${id}`, ...more });

const INSERT = `insert into "target"."customer_users" ("id", "tenant_id", "source_id", "external_id", "name") values (gen_random_uuid(), $1, $2, $3, 'theirs')`;

test('a record that somebody else makes meanwhile is met and changed', async () => {
  for (const expectNew of [true, false]) {
    await using other = await rawSession(database.url);
    const job = await startImport(orm);
    await other.query('begin');
    await other.query(INSERT, [job.tenantId, job.sourceId, '2']);
    const commit = job.commit([row('1'), row('2'), row('3')], { expectNew });
    await untilBlocked(other);
    await other.query('commit');
    const { counters, surprised } = await commit;
    assert.deepEqual(
      { ...counters, surprised },
      { created: 2, updated: 1, skipped: 0, failed: 0, duplicates: 0, surprised: true },
    );
    assert.deepEqual(
      (await records(job))
        .map((record) => filled(record.values))
        .toSorted((a, b) => String(a['external_id']).localeCompare(String(b['external_id']))),
      [row('1'), row('2'), row('3')],
    );
    assert.deepEqual(
      (await job.ledger()).map((entry) => [entry.row, entry.action, entry.before?.['name'] ?? null]),
      [
        [1, 'created', null],
        [2, 'updated', 'theirs'],
        [3, 'created', null],
      ],
    );
  }
});

test('a record that somebody else makes and takes back was never there', async () => {
  await using other = await rawSession(database.url);
  const job = await startImport(orm);
  await other.query('begin');
  await other.query(INSERT, [job.tenantId, job.sourceId, '1']);
  const commit = job.commit([row('1')], { expectNew: true });
  await untilBlocked(other);
  await other.query('rollback');
  assert.deepEqual(await commit, {
    counters: { created: 1, updated: 0, skipped: 0, failed: 0, duplicates: 0 },
    surprised: false,
  });
});

test('a record that vanishes before it is changed is made anew', async () => {
  await using other = await rawSession(database.url);
  const first = await startImport(orm);
  await first.commit([row('1'), row('2')]);
  const job = await startImport(orm, first);
  await other.query('begin');
  await other.query(`delete from "target"."customer_users" where "tenant_id" = $1 and "external_id" = '1'`, [
    job.tenantId,
  ]);
  const commit = job.commit([row('1', { notes: 'new' }), row('2', { notes: 'new' })]);
  await untilBlocked(other);
  await other.query('commit');
  const { counters, surprised } = await commit;
  assert.deepEqual(
    { ...counters, surprised },
    { created: 1, updated: 1, skipped: 0, failed: 0, duplicates: 0, surprised: true },
  );
  assert.equal((await job.ledger()).length, 2);
});

test('a record that vanishes before a row is merged into it is not merged into', async () => {
  await using other = await rawSession(database.url);
  const first = await startImport(orm);
  await first.commit([row('1', { email: 'a@x' })]);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  await other.query('begin');
  await other.query(`delete from "target"."customer_users" where "tenant_id" = $1`, [job.tenantId]);
  const commit = job.commit([row('9', { email: 'a@x' })]);
  await untilBlocked(other);
  await other.query('commit');
  assert.deepEqual((await commit).counters, { created: 1, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
});

test('what a person changes meanwhile is in the before-image, and in the merge', async () => {
  await using other = await rawSession(database.url);
  const first = await startImport(orm);
  await first.commit([row('1', { email: 'a@x' }), row('2')]);
  const job = await startImport(orm, { ...first, detect: ['email'] });
  await other.query('begin');
  await other.query(`update "target"."customer_users" set "city" = 'Paris' where "tenant_id" = $1`, [job.tenantId]);
  const commit = job.commit([row('9', { email: 'a@x', notes: 'merged' }), row('2', { notes: 'changed' })]);
  await untilBlocked(other);
  await other.query('commit');
  await commit;
  assert.deepEqual(
    (await job.ledger()).map((entry) => entry.before?.['city']),
    ['Paris', 'Paris'],
  );
  const [merged, changed] = await records(first);
  assert.deepEqual(filled(merged?.values ?? {}), {
    external_id: '1',
    name: 'name 9',
    email: 'a@x',
    city: 'Paris',
    notes: 'merged',
  });
  assert.deepEqual(filled(changed?.values ?? {}), { external_id: '2', name: 'name 2', notes: 'changed' });
});

test('a record that others refer to can be changed while tickets for it are imported', async () => {
  await using other = await rawSession(database.url);
  const users = await startImport(orm);
  await users.commit([row('u1')]);
  await other.query('begin');
  await other.query(`update "target"."customer_users" set "city" = 'Paris' where "tenant_id" = $1`, [users.tenantId]);
  const job = await startImport(orm, { spec: tickets, tenantId: users.tenantId, sourceId: users.sourceId });
  await job.commit([{ external_id: 't1', customer_user_id: 'u1' }]);
  await other.query('commit');
  assert.deepEqual(await job.issues(), []);
});

test('a reference whose record vanishes meanwhile fails its row alone', async () => {
  await using other = await rawSession(database.url);
  const users = await startImport(orm);
  await users.commit([row('u1'), row('u2')]);
  const job = await startImport(orm, { spec: tickets, tenantId: users.tenantId, sourceId: users.sourceId });
  await other.query('begin');
  await other.query(`delete from "target"."customer_users" where "tenant_id" = $1 and "external_id" = 'u1'`, [
    users.tenantId,
  ]);
  const commit = job.commit([
    { external_id: 't1', customer_user_id: 'u1' },
    { external_id: 't2', customer_user_id: 'u2' },
  ]);
  await untilBlocked(other);
  await other.query('commit');
  assert.deepEqual((await commit).counters, { created: 1, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  assert.deepEqual(
    (await job.issues()).map((issue) => [issue.row, issue.code]),
    [[1, 'constraint_violation']],
  );
});

test('a deadlock is thrown as what it is, leaves nothing, and the chunk goes in when it is tried again', async () => {
  await using other = await rawSession(database.url);
  const first = await startImport(orm);
  await first.commit([row('1'), row('2'), row('3')]);
  const job = await startImport(orm, first);
  await other.query(`set deadlock_timeout = '10min'`);
  await other.query('begin');
  const touch = `update "target"."customer_users" set "city" = 'Paris' where "tenant_id" = $1 and "external_id" = any($2)`;
  await other.query(touch, [job.tenantId, ['2']]);
  const changed = ['1', '2', '3'].map((id) => row(id, { notes: 'changed' }));
  const commit = job.commit(changed, { key: '3' });
  commit.catch(() => undefined);
  await using observer = await rawSession(database.url);
  await untilBlocked(observer);
  const touching = other.query(touch, [job.tenantId, ['1', '3']]);
  await assert.rejects(commit, { code: '40P01' });
  await touching;
  await other.query('commit');
  assert.deepEqual([await job.ledger(), (await job.partitions())[0]?.rowsDone], [[], 0]);
  assert.equal((await job.commit(changed, { key: '3' })).counters.updated, 3);
});

/** Commits rows a few at a time; each chunk is tried again when it was the victim of a deadlock. */
async function importAll(job: TestImport, rows: readonly RowValues[], size: number): Promise<void> {
  const claim = await job.claim();
  for (let done = 0; done < rows.length;) {
    const chunk = rows.slice(done, done + size);
    const committed = await job.commit(chunk, { claim, rowsDone: done, expectNew: true }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '40P01') return null;
      throw error;
    });
    if (committed) done += chunk.length;
  }
}

test('two imports of one source at the same time end as one set of records', async () => {
  const all = Array.from({ length: 400 }, (_, n) => row(String(n), { email: `${n}@x` }));
  for (const identifierField of ['external_id', 'email']) {
    const writtenFields = identifierField === 'email' ? ['email', 'name'] : ['external_id', 'name', 'email'];
    const rows = all.map((each) =>
      Object.fromEntries(Object.entries(each).filter(([name]) => writtenFields.includes(name))),
    );
    const options = { identifierField, writtenFields };
    const first = await startImport(orm, options);
    const second = await startImport(orm, { ...first, ...options });
    await Promise.all([importAll(first, rows, 37), importAll(second, rows.toReversed(), 53)]);
    const made = await records(first);
    assert.deepEqual(
      new Set(made.map((record) => record.values['email'])),
      new Set(rows.map((each) => each['email'])),
      identifierField,
    );
    assert.equal(made.length, rows.length);
    const [one, two] = [await first.counters(), await second.counters()];
    assert.deepEqual([one.created + two.created, one.skipped + two.skipped, one.updated + two.updated], [400, 400, 0]);
    const again = await startImport(orm, { ...first, ...options });
    assert.equal((await again.commit(rows)).counters.skipped, 400);
  }
});

test('two imports that look for duplicates at the same time do not miss each other’s', async () => {
  await using other = await rawSession(database.url);
  await pool.query(`
    create function wait_for_it() returns trigger language plpgsql as $$
      begin if new."notes" = 'slow' then perform pg_advisory_xact_lock(42); end if; return new; end $$;
    create trigger "wait" before insert on "target"."customer_users" for each row execute function wait_for_it()`);
  await other.query('select pg_advisory_lock(42)');
  const first = await startImport(orm, { detect: ['email'] });
  const second = await startImport(orm, { tenantId: first.tenantId, detect: ['email'] });
  const slow = first.commit([row('1', { email: 'a@x', notes: 'slow' })]);
  await untilBlocked(other, 1);
  const quick = second.commit([row('2', { email: 'A@x' })]);
  await Promise.race([quick, untilBlocked(other, 2)]);
  await other.query('select pg_advisory_unlock(42)');
  const [one, two] = [await slow, await quick];
  assert.deepEqual([one.counters.created, two.counters.updated, two.counters.duplicates], [1, 1, 1]);
  assert.equal((await records(first)).length, 1);
});

test('an import that waits for its turn to look for duplicates can be cancelled meanwhile', async () => {
  await using other = await rawSession(database.url);
  await other.query('select pg_advisory_lock(42)');
  const first = await startImport(orm, { detect: ['email'] });
  const second = await startImport(orm, { tenantId: first.tenantId, detect: ['email'] });
  const slow = first.commit([row('1', { email: 'a@x', notes: 'slow' })]);
  await untilBlocked(other, 1);
  const waiting = assert.rejects(second.commit([row('2', { email: 'b@x' })]), { code: 'stopped' });
  await untilBlocked(other, 2);
  await transitionJob(orm.em, { jobId: second.jobId, from: ['running'], to: 'cancelled', event: 'job.cancelled' });
  await other.query('select pg_advisory_unlock(42)');
  await Promise.all([slow, waiting]);
  assert.equal((await records(first)).length, 1);
});
