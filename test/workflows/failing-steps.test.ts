import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { failureAt, MOST_FAILURES } from '../../activities/failing-step.ts';
import { AppError } from '../../src/domain/errors.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
});

after(() => engine.close());

const sql = <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  engine.orm.em.fork().execute(text, [...values]);

test('an error of ours that comes each time rows are read ends the job, with the place and what was wrong', async () => {
  await engine.startWorker();
  await sql(`create function "stumble"() returns trigger language plpgsql as $$
    begin if new."row_number" > 10 then raise exception 'a mistake of ours' using errcode = 'XX000'; end if; return new; end $$`);
  await sql(`create trigger "stumble" before insert on "import_records" for each row execute function "stumble"()`);
  const jobId = await engine.create();
  const failures = async (): Promise<{ place: string; failures: number }[]> =>
    sql(`select "place", "failures" from "import_step_failures" where "job_id" = ?`, [jobId]);
  while ((await failures()).length === 0) await delay(20);
  // The pauses between attempts grow: most of them are left out here.
  await sql(`update "import_step_failures" set "failures" = ? where "job_id" = ?`, [MOST_FAILURES - 2, jobId]);
  const job = await engine.reached(jobId, 'failed');
  assert.deepEqual(job.error, {
    code: 'internal',
    message:
      'The import gave up after 10 attempts that all failed at the same place, after row 10 of customer_users: a mistake of ours',
  });
  assert.equal(await engine.workflowEnd(jobId), 'FAILED');
  assert.equal((await engine.jobs.get(engine.actor, jobId)).counters.created, 10);
});

test('what passes is waited for, and getting on begins the count anew', async () => {
  const jobId = await engine.create();
  const failing = (error: unknown, place: string): Promise<unknown> =>
    failureAt(engine.deps, { jobId, step: 'plan 0', place: () => place }, error);
  const passing = [
    Object.assign(new Error('away'), { code: 'ECONNREFUSED' }),
    new AppError('source_unreachable', 'It is away.'),
    new AppError('superseded', 'Another attempt has taken over.'),
    new Error('around it', { cause: Object.assign(new Error('full'), { code: 'ENOSPC' }) }),
  ];
  for (const error of passing) {
    for (let tries = 0; tries < MOST_FAILURES; tries++) assert.equal(await failing(error, 'here'), error);
  }
  const ours = new TypeError('undefined is not a function');
  for (const place of ['here', 'there']) {
    for (let tries = 1; tries < MOST_FAILURES; tries++) assert.equal(await failing(ours, place), ours);
  }
  const last = await failing(ours, 'there');
  assert.ok(last instanceof AppError);
  assert.deepEqual([last.code, last.details], ['internal', { final: true }]);
});
