import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ImportEvent } from '../../src/store/entities/import-event.ts';
import { ImportScheduleRun } from '../../src/store/entities/import-schedule-run.ts';
import { User } from '../../src/store/entities/user.ts';
import { makeActor } from '../support/factories.ts';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { jobsOfSchedule, makeSchedule } from '../support/schedules.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: 40 });
  await engine.startWorker();
});
after(() => engine.close());

const trigger = (id: string): Promise<unknown> => engine.schedules.trigger(engine.actor, id);
const jobs = (id: string, count: number): Promise<string[]> => jobsOfSchedule(engine, id, count);

describe('a run that may not or cannot be', () => {
  const reasonOf = async (jobId: string): Promise<unknown> => {
    const job = await engine.reached(jobId, 'failed');
    const event = await engine.orm.em.fork().findOneOrFail(ImportEvent, { jobId, type: 'job.failed' });
    assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.failed']);
    assert.deepEqual(event.data['error'], job.error);
    return job.error;
  };
  const colleague = () => makeActor(engine.orm, { tenantId: engine.actor.tenantId, role: 'admin', name: 'Grace' });

  test('has failed when who made the schedule is gone', async () => {
    const grace = await colleague();
    const { schedule } = await makeSchedule(engine, {}, grace);
    await engine.orm.em.fork().nativeDelete(User, { id: grace.userId });
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    assert.deepEqual(await reasonOf(jobId), {
      code: 'forbidden',
      message: 'The user who made this schedule no longer exists.',
    });
    const { workflowId } = await engine.orm.em.fork().findOneOrFail(ImportScheduleRun, { jobId });
    assert.equal(await engine.workflowEnd(workflowId), 'COMPLETED');
  });

  test('has failed when who made the schedule may import no longer, until he may again', async () => {
    const grace = await colleague();
    const { schedule } = await makeSchedule(engine, {}, grace);
    await engine.orm.em.fork().nativeUpdate(User, { id: grace.userId }, { permissions: [] });
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    const message = 'Grace, who made this schedule, no longer has the permission system.import.';
    assert.deepEqual(await reasonOf(jobId), { code: 'forbidden', message });
    await engine.orm.em.fork().nativeUpdate(User, { id: grace.userId }, { permissions: ['system.import'] });
    await trigger(schedule.id);
    const [, second = ''] = await jobs(schedule.id, 2);
    assert.equal((await engine.reached(second, 'completed')).createdById, grace.userId);
  });

  test('has failed when the profile has no longer what it imports', async () => {
    const { schedule } = await makeSchedule(engine, { options: { selectedTypes: ['customer_users'] } });
    await engine.orm.em
      .fork()
      .execute(`update "import_profiles" set "queries" = '{"tickets": {}}' where "id" = ?`, [engine.profileId], 'run');
    await trigger(schedule.id);
    const [jobId = ''] = await jobs(schedule.id, 1);
    assert.deepEqual(await reasonOf(jobId), {
      code: 'validation',
      message: 'The profile has no query for the type customer_users.',
    });
  });
});
