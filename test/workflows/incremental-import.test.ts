import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScheduleInput } from '../../src/engine/schedules/schedule-input.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { jobsOfSchedule, makeSchedule } from '../support/schedules.ts';

const ROWS = 50;

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: ROWS });
  await engine.source.query(`alter table "contacts" add "updated_at" timestamptz default '2024-05-01 12:00:00Z'`);
  await engine.startWorker();
});
after(() => engine.close());

/** Waits until every transaction in which rows may have been written is over: also those of other tests' databases. */
async function settled(): Promise<void> {
  const { rows } = await engine.source.query<{ id: string }>('select txid_current()::text as "id"');
  const over = `select 1 where txid_snapshot_xmin(txid_current_snapshot()) > $1::bigint`;
  while ((await engine.source.query(over, [rows[0]?.id])).rowCount === 0) await delay(20);
}

type Ended = { readonly read: number; readonly status: string; readonly jobId: string };

/** A schedule that reads what is new, and a way to run it to its end: how many rows the run took. */
async function recurring(input: ScheduleInput = {}): Promise<{ id: string; run: () => Promise<Ended> }> {
  const { schedule } = await makeSchedule(engine, { options: { sinceLastRun: true, batchSize: 10 }, ...input });
  let runs = 0;
  return {
    id: schedule.id,
    async run() {
      await settled();
      await delay(1_050 - (Date.now() % 1_000));
      await engine.schedules.trigger(engine.actor, schedule.id);
      const jobId = (await jobsOfSchedule(engine, schedule.id, ++runs)).at(-1) ?? '';
      const { status } = await engine.reached(jobId, 'completed', 'failed', 'cancelled');
      const { created, updated, skipped, failed } = await engine.counters(jobId);
      return { read: created + updated + skipped + failed, status, jobId };
    },
  };
}

const readUpTo = async (id: string): Promise<string | null | undefined> =>
  (await engine.schedules.get(engine.actor, id)).schedule.cursors['customer_users']?.value;

test('a recurring import reads all rows at first, and then those that are new', async () => {
  const { id, run } = await recurring();
  assert.equal((await run()).read, ROWS);
  assert.equal(await readUpTo(id), '2024-05-01 12:00:00+00');
  assert.equal((await run()).read, 0);
  await engine.source.query(`
    update "contacts" set "name" = 'changed', "updated_at" = now() where "id" in (3, 7);
    insert into "contacts" values (101, 'new', null, now())`);
  const third = await run();
  assert.equal(third.read, 3);
  assert.equal((await run()).read, 0);
  const [row]: { sql: string }[] = await engine.orm.em
    .fork()
    .execute(`select "source_queries"->'0'->>'where' as "sql" from "import_jobs" where "id" = ?`, [third.jobId]);
  assert.match(row?.sql ?? '', /"cast": "timestamptz|"cast": "timestamp with time zone/u);
  const names: { name: string }[] = await engine.orm.em
    .fork()
    .execute(`select "name" from "target"."customer_users" where "external_id" in ('3', '7', '101') order by 1`);
  assert.deepEqual(
    names.map(({ name }) => name),
    ['changed', 'changed', 'new'],
  );
});

test('only a run that completes is read up to: what a failed or cancelled one was to read, the next one reads', async () => {
  const { id, run } = await recurring();
  await run();
  const before = await readUpTo(id);
  await engine.source.query(`update "contacts" set "updated_at" = now() where "id" <= 5`);
  await engine.source.query(`alter table "contacts" rename column "email" to "mail"`);
  assert.equal((await run()).status, 'failed');
  await engine.source.query(`alter table "contacts" rename column "mail" to "email"`);
  assert.equal(await readUpTo(id), before);
  const { read, status } = await run();
  assert.deepEqual([read, status], [5, 'completed']);
  assert.notEqual(await readUpTo(id), before);
});

test('a run whose worker stops in the middle reads what is new once, and no less', async () => {
  const { run } = await recurring();
  await run();
  await engine.source.query(
    `insert into "contacts" select n, 'late ' || n, null, now() from generate_series(1001, 3000) n`,
  );
  const running = run();
  await delay(1_800);
  await engine.restartWorker();
  const { read, status } = await running;
  assert.deepEqual([read, status], [2_000, 'completed']);
  assert.equal((await run()).read, 0);
});

test('a column may be named for each type; another column begins anew', async () => {
  await engine.source.query(`alter table "contacts" add "revision" bigint; update "contacts" set "revision" = "id"`);
  const { id, run } = await recurring({ options: { sinceLastRun: { customer_users: 'revision' } } });
  const all = (await run()).read;
  assert.equal((await run()).read, 0);
  await engine.schedules.update(engine.actor, id, { options: { sinceLastRun: 'updated_at' } });
  assert.equal((await run()).read, all);
  await engine.schedules.update(engine.actor, id, { options: {} });
  assert.equal((await run()).read, all);
  assert.equal((await run()).read, all);
});

test('a column that the source does not have fails the run and is named', async () => {
  const { run } = await recurring({ options: { sinceLastRun: 'changed_on' } });
  const { jobId } = await run();
  assert.deepEqual((await engine.job(jobId)).error, {
    code: 'validation',
    message: 'contacts has no column changed_on.',
  });
});
