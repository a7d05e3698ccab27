import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { JobStatus } from '../../../../src/domain/job.ts';
import { ImportEvent } from '../../../../src/store/entities/import-event.ts';
import { ImportJob } from '../../../../src/store/entities/import-job.ts';
import { countJobsByStatus, JOB_LOCK_CLASS, lockKey, transitionJob } from '../../../../src/store/queries/jobs/jobs.ts';
import type { Transition } from '../../../../src/store/queries/jobs/jobs.ts';
import { startImport } from '../../../support/records.ts';
import type { TestImport } from '../../../support/records.ts';
import { rawSession, untilBlocked } from '../../../support/sessions.ts';
import { openTestStore } from '../../../support/store.ts';

const { database, orm, pool } = await openTestStore(10);

const jobOf = ({ jobId }: TestImport): Promise<ImportJob> => orm.em.fork().findOneOrFail(ImportJob, { id: jobId });
const eventsOf = ({ jobId }: TestImport): Promise<ImportEvent[]> =>
  orm.em.fork().find(ImportEvent, { jobId }, { orderBy: { id: 'asc' } });

const EVENTS = {
  pending: 'job.created',
  running: 'job.started',
  paused: 'job.paused',
  completed: 'job.completed',
  failed: 'job.failed',
  cancelled: 'job.cancelled',
} as const;

function change(
  job: TestImport,
  from: JobStatus[],
  to: JobStatus,
  rest: Partial<Transition> = {},
): ReturnType<typeof transitionJob> {
  return transitionJob(orm.em, { jobId: job.jobId, from, to, event: EVENTS[to], ...rest });
}

test('a change of status is told in an event with the facts of its moment', async () => {
  const job = await startImport(orm, { status: 'pending' });
  const started = await change(job, ['pending'], 'running', { operation: 'Reading…' });
  assert.deepEqual([started?.changed, started?.job.status, started?.job.operation], [true, 'running', 'Reading…']);
  await job.commit([{ external_id: '1' }]);
  const error = { code: 'source_unreachable', message: 'The source went away.' };
  await change(job, ['running'], 'failed', { error, operation: null });
  const stored = await jobOf(job);
  assert.deepEqual([stored.status, stored.error, stored.operation ?? null], ['failed', error, null]);
  const facts = { kind: 'import', total: null, startedAt: stored.startedAt?.toISOString() ?? null, migrationId: null };
  assert.deepEqual(
    (await eventsOf(job)).map(({ type, tenantId, data }) => ({ type, tenantId, data })),
    [
      {
        type: 'job.started',
        tenantId: job.tenantId,
        data: {
          ...facts,
          status: 'running',
          operation: 'Reading…',
          counters: { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 },
          completedAt: null,
          error: null,
        },
      },
      {
        type: 'job.failed',
        tenantId: job.tenantId,
        data: {
          ...facts,
          status: 'failed',
          operation: null,
          counters: { created: 1, updated: 0, skipped: 0, failed: 0, duplicates: 0 },
          completedAt: stored.completedAt?.toISOString() ?? null,
          error,
        },
      },
    ],
  );
  assert.ok(stored.startedAt && stored.completedAt && stored.startedAt <= stored.completedAt);
});

test('a change that was made is not made again, and none is made from another status', async () => {
  const job = await startImport(orm, { status: 'pending' });
  const changes = [
    await change(job, ['pending'], 'running'),
    await change(job, ['pending'], 'running'),
    await change(job, ['paused'], 'running', { operation: 'never' }),
    await change(job, ['running'], 'cancelled'),
    await change(job, ['pending', 'running', 'paused'], 'failed', { error: { code: 'x', message: 'never' } }),
    await change(job, ['running'], 'completed'),
  ];
  assert.deepEqual(
    changes.map((made) => [made?.changed, made?.job.status]),
    [
      [true, 'running'],
      [false, 'running'],
      [false, 'running'],
      [true, 'cancelled'],
      [false, 'cancelled'],
      [false, 'cancelled'],
    ],
  );
  assert.deepEqual(
    (await eventsOf(job)).map((event) => event.type),
    ['job.started', 'job.cancelled'],
  );
  assert.deepEqual([(await jobOf(job)).error ?? null, (await jobOf(job)).operation ?? null], [null, null]);
});

test('a job keeps the time of its first start when it is resumed', async () => {
  const job = await startImport(orm, { status: 'pending' });
  await change(job, ['pending'], 'running');
  const { startedAt } = await jobOf(job);
  await change(job, ['running'], 'paused');
  await change(job, ['paused'], 'running', { event: 'job.resumed' });
  const resumed = await jobOf(job);
  assert.deepEqual([resumed.startedAt, resumed.completedAt ?? null], [startedAt, null]);
});

test('a job that does not exist has no status', async () => {
  assert.equal(
    await transitionJob(orm.em, { jobId: randomUUID(), from: ['running'], to: 'failed', event: 'job.failed' }),
    null,
  );
});

test('of many changes at once one is made', async () => {
  const job = await startImport(orm);
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, n) => change(job, ['running'], n % 2 === 0 ? 'cancelled' : 'failed')),
  );
  assert.equal(made.filter((result) => result?.changed === true).length, 1);
  assert.equal((await eventsOf(job)).length, 1);
});

test('what else is stored of a job is not touched by a change made beside it', async () => {
  await using other = await rawSession(database.url);
  const job = await startImport(orm);
  await other.query('begin');
  await other.query(
    `update "import_jobs" set "reading" = '{"customer_users":"In one go."}', "estimated_total" = 7 where "id" = $1`,
    [job.jobId],
  );
  const changing = change(job, ['running'], 'paused');
  await untilBlocked(other);
  await other.query('commit');
  await changing;
  const stored = await jobOf(job);
  assert.deepEqual(
    [stored.status, stored.reading, stored.estimatedTotal],
    ['paused', { customer_users: 'In one go.' }, 7],
  );
});

test('a change waits for the chunk that is being committed, and no later chunk gets in', async () => {
  await using blocker = await rawSession(database.url);
  const job = await startImport(orm, { planned: [10, 10] });
  const [first, second] = [await job.claim(0), await job.claim(1)];
  await blocker.query('begin; lock table "import_records" in share mode');
  const inFlight = job.commit([{ external_id: '1' }], { claim: first });
  await untilBlocked(blocker, 1);
  const cancelling = change(job, ['running'], 'cancelled');
  await untilBlocked(blocker, 2);
  const late = assert.rejects(job.commit([{ external_id: '2' }], { claim: second }), {
    code: 'stopped',
    details: { status: 'cancelled' },
  });
  await untilBlocked(blocker, 3);
  await blocker.query('commit');
  await Promise.all([inFlight, cancelling, late]);
  assert.deepEqual(
    (await job.ledger()).map((row) => row.identifier),
    ['1'],
  );
  assert.equal((await eventsOf(job))[0]?.data['counters'] !== undefined, true);
  assert.deepEqual(
    (await eventsOf(job)).map((event) => event.data['counters']),
    [await job.counters()],
  );
});

test('a change that is in a hurry breaks off the chunk that holds it up, and those that came after', async () => {
  await using blocker = await rawSession(database.url);
  const job = await startImport(orm, { planned: [10, 10] });
  const [first, second] = [await job.claim(0), await job.claim(1)];
  await blocker.query('begin; lock table "import_records" in share mode');
  const inFlight = assert.rejects(job.commit([{ external_id: '1' }], { claim: first }));
  await untilBlocked(blocker, 1);
  const cancelling = change(job, ['running'], 'cancelled', { patienceMs: 200 });
  await untilBlocked(blocker, 2);
  const late = assert.rejects(job.commit([{ external_id: '2' }], { claim: second }));
  assert.equal((await cancelling)?.changed, true);
  await Promise.all([inFlight, late]);
  await blocker.query('commit');
  assert.deepEqual(await job.ledger(), []);
  assert.deepEqual(
    (await eventsOf(job)).map(({ type }) => type),
    ['job.cancelled'],
  );
});

test('a change that is in a hurry does not wait for a worker that froze in the middle of a chunk', async () => {
  await using frozen = await rawSession(database.url);
  const job = await startImport(orm);
  await frozen.query(`begin; select pg_advisory_xact_lock_shared(${JOB_LOCK_CLASS}, ${lockKey(job.jobNumber)})`);
  const paused = await change(job, ['running'], 'paused', { patienceMs: 100 });
  assert.deepEqual([paused?.changed, paused?.job.status], [true, 'paused']);
  await assert.rejects(frozen.query('commit'));
});

test('a change gets through although two lanes commit without a pause', async () => {
  const job = await startImport(orm, { planned: [1_000_000, 1_000_000] });
  let commits = 0;
  const lane = async (ordinal: number): Promise<string> => {
    const claim = await job.claim(ordinal);
    for (let done = 0; ; done++) {
      try {
        await job.commit([{ external_id: `${ordinal}-${done}` }], { claim, rowsDone: done });
        commits++;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    }
  };
  const lanes = [lane(0), lane(1)];
  while (commits < 20) await new Promise((resolve) => setImmediate(resolve));
  const before = commits;
  await change(job, ['running'], 'paused');
  const during = commits - before;
  assert.deepEqual(await Promise.all(lanes), ['stopped', 'stopped']);
  assert.ok(during < 100, `${during} chunks overtook the change`);
  assert.equal((await job.ledger()).length, commits);
});

test('a job that ends keeps the sums over its partitions, and one that goes on has none', async () => {
  for (const [to, totals] of [
    ['completed', { created: 2, updated: 0, skipped: 1, failed: 0, duplicates: 0 }],
    ['paused', null],
  ] as const) {
    const job = await startImport(orm);
    await job.commit([{ external_id: '1' }, { external_id: '2' }, { external_id: '2' }]);
    await change(job, ['running'], to);
    assert.deepEqual((await jobOf(job)).totals, totals, to);
  }
});

test('no status changes without its event', async () => {
  await pool.query(`
    create function no_events() returns trigger language plpgsql as $$ begin raise exception 'the log is full'; end $$;
    create trigger "no_events" before insert on "import_events" for each row when (new."type" = 'job.completed') execute function no_events()`);
  const job = await startImport(orm);
  await assert.rejects(change(job, ['running'], 'completed'), /the log is full/);
  assert.equal((await jobOf(job)).status, 'running');
});

test('jobs are counted by their status', async () => {
  const before = await countJobsByStatus(orm.em);
  await startImport(orm, { status: 'paused' });
  await startImport(orm, { status: 'paused' });
  const after = await countJobsByStatus(orm.em);
  assert.equal((after.paused ?? 0) - (before.paused ?? 0), 2);
});

test('the lock of a job is a 32-bit number, however many jobs there were', () => {
  assert.deepEqual(
    [lockKey(1), lockKey(2 ** 31 - 1), lockKey(2 ** 31), lockKey(2 ** 53 - 1)].every(
      (key) => key >= 0 && key < 2 ** 31,
    ),
    true,
  );
});
