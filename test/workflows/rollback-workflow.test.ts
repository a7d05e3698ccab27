import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import type { Rollbacks } from '../../src/engine/rollbacks/index.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { RollbackOptions, UndoCounts } from '../../src/domain/rollback.ts';
import { NO_UNDOS } from '../../src/domain/rollback.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { rawSession } from '../support/sessions.ts';

const ROWS = 1_000;
const CONFIRMED = { understoodConsequences: true, backupCreated: true };

let engine: TestEngine;
let rollbacks: Rollbacks;

before(async () => {
  engine = await startTestEngine({ contacts: ROWS });
  rollbacks = createRollbacks(engine.deps);
  await engine.startWorker();
});

after(() => engine.close());

const count = async (): Promise<number> => {
  const [row]: { n: string }[] = await engine.orm.em
    .fork()
    .execute('select count(*) as "n" from "target"."customer_users"');
  return Number(row?.n);
};
const rollBack = async (
  jobId: string,
  options: Partial<RollbackOptions> & { batchSize?: number } = {},
): Promise<string> =>
  (await rollbacks.create(engine.actor, jobId, { options: { batchSize: 10, ...options }, confirmation: CONFIRMED })).job
    .id;
const outcomes = async (id: string): Promise<UndoCounts> => (await rollbacks.get(engine.actor, id)).outcomes;

/** An import of all contacts into an empty target. */
async function imported(): Promise<string> {
  await engine.emptyTarget();
  const jobId = await engine.create({ options: { batchSize: 500 } });
  await engine.reached(jobId, 'completed');
  assert.equal(await count(), ROWS);
  return jobId;
}

test('a rollback runs to its end, and can be undone itself', async () => {
  const jobId = await imported();
  const id = await rollBack(jobId, { batchSize: 300 });
  await engine.reached(id, 'completed');
  assert.deepEqual([await outcomes(id), await count()], [{ ...NO_UNDOS, reversed: ROWS }, 0]);
  assert.equal(await engine.workflowEnd(id), 'COMPLETED');
  const { type } = await engine.temporal.workflow.getHandle(id).describe();
  assert.equal(type, 'rollbackWorkflow');
  assert.deepEqual(await engine.eventsOf(id), ['job.created', 'job.started', 'job.completed']);
  const { counters, job } = await engine.jobs.get(engine.actor, id);
  assert.deepEqual(counters, { created: 0, updated: ROWS, skipped: 0, failed: 0, duplicates: 0 });
  assert.equal(job.estimatedTotal, ROWS);

  const redo = await rollBack(id, { batchSize: 300 });
  await engine.reached(redo, 'completed');
  assert.deepEqual([await outcomes(redo), await count()], [{ ...NO_UNDOS, reversed: ROWS }, ROWS]);
  const again = await engine.create({ options: { batchSize: 500 } });
  await engine.reached(again, 'completed');
  assert.equal((await engine.counters(again)).skipped, ROWS);

  const third = await rollBack(jobId, { batchSize: 300 });
  await engine.reached(third, 'completed');
  assert.deepEqual([await outcomes(third), await count()], [{ ...NO_UNDOS, reversed: ROWS }, 0]);
});

test('a dry run of a redo over two types predicts its numbers and changes nothing', async () => {
  await engine.emptyTarget();
  await engine.source.query(`
    create table people (id integer primary key, name text);
    create table cases (id integer primary key, person_id integer);
    insert into people select n, 'person ' || n from generate_series(1, 6) as n;
    insert into cases select n, 1 + n % 6 from generate_series(1, 12) as n`);
  const query = (baseTable: string, targetType: string, fields: Record<string, string>): QueryConfiguration => ({
    name: null,
    baseTable,
    joins: [],
    filters: [],
    targetType,
    fields: Object.entries(fields).map(([target, source]) => ({ target, source })),
  });
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, {
    customer_users: query('people', 'customer_users', { external_id: 'id', name: 'name' }),
    tickets: query('cases', 'tickets', { external_id: 'id', customer_user_id: 'person_id' }),
  });
  const jobId = await engine.create({ profileId, options: { batchSize: 2 } });
  await engine.reached(jobId, 'completed');
  const undone = await rollBack(jobId, { batchSize: 2 });
  await engine.reached(undone, 'completed');
  assert.deepEqual(await outcomes(undone), { ...NO_UNDOS, reversed: 18 });
  // Somebody else has made one of them meanwhile: it stays away, and those that refer to it cannot come back.
  await engine.orm.em
    .fork()
    .execute(
      `insert into "target"."customer_users" ("id", "tenant_id", "source_id", "external_id") values (gen_random_uuid(), ?, ?, '3')`,
      [engine.actor.tenantId, profileId],
    );
  for (const dryRun of [true, false]) {
    assert.equal(await count(), 1);
    const redo = await rollBack(undone, { batchSize: 2, dryRun });
    await engine.reached(redo, 'completed');
    assert.deepEqual(await outcomes(redo), { ...NO_UNDOS, reversed: 15, kept_superseded: 1, failed: 2 });
  }
  assert.equal(await count(), 6);
});

test('a paused rollback changes nothing until it is resumed, and then the rest', async () => {
  const id = await rollBack(await imported());
  await engine.progressed(id, 50);
  await engine.jobs.pause(engine.actor, id);
  const paused = await count();
  assert.ok(paused > 0 && paused < ROWS);
  await new Promise((resolve) => void setTimeout(resolve, 500));
  assert.equal(await count(), paused);
  await engine.jobs.resume(engine.actor, id);
  await engine.reached(id, 'completed');
  assert.deepEqual([await outcomes(id), await count()], [{ ...NO_UNDOS, reversed: ROWS }, 0]);
});

test('a cancelled rollback leaves the rest, which another one undoes', async () => {
  const jobId = await imported();
  const id = await rollBack(jobId);
  await engine.progressed(id, 50);
  await engine.jobs.cancel(engine.actor, id);
  const left = await count();
  const { reversed } = await outcomes(id);
  assert.equal(left, ROWS - reversed);
  assert.ok(left > 0);
  const next = await rollBack(jobId, { batchSize: 400 });
  await engine.reached(next, 'completed');
  assert.deepEqual([await outcomes(next), await count()], [{ ...NO_UNDOS, reversed: left }, 0]);
});

test('a rollback whose worker or session is killed again and again ends as if nothing had happened', async () => {
  const jobId = await imported();
  const id = await rollBack(jobId);
  await using killer = await rawSession(engine.databaseUrl);
  for (let kills = 1; kills <= 10; kills++) {
    await engine.progressed(id, kills * 70);
    if (kills % 5 === 0) await engine.restartWorker();
    else
      await killer.query(
        `select pg_terminate_backend("pid") from "pg_stat_activity"
         where "datname" = current_database() and "pid" <> pg_backend_pid() and "xact_start" is not null`,
      );
  }
  await engine.reached(id, 'completed');
  assert.deepEqual([await outcomes(id), await count()], [{ ...NO_UNDOS, reversed: ROWS }, 0]);
  const { rows } = await killer.query(
    `select count(*)::int as "entries", count(distinct "row_number")::int as "rows" from "import_undos" as "u"
     join "import_jobs" as "j" on "j"."number" = "u"."job_number" where "j"."id" = $1`,
    [id],
  );
  assert.deepEqual(rows, [{ entries: ROWS, rows: ROWS }]);
});

test('a dry run by its workflow changes nothing and may be followed by the real one', async () => {
  const jobId = await imported();
  const dry = await rollBack(jobId, { dryRun: true, batchSize: 300 });
  await engine.reached(dry, 'completed');
  assert.deepEqual([await outcomes(dry), await count()], [{ ...NO_UNDOS, reversed: ROWS }, ROWS]);
  const id = await rollBack(jobId, { batchSize: 300 });
  await engine.reached(id, 'completed');
  assert.equal(await count(), 0);
});
