import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ScheduleState } from '../../../src/domain/schedule.ts';
import { createProfiles } from '../../../src/engine/profiles/index.ts';
import type { KeptSchedule } from '../../../src/engine/ports.ts';
import { sweepSchedules } from '../../../src/engine/schedules/sweep-schedules.ts';
import { ImportSchedule } from '../../../src/store/entities/import-schedule.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { makeProfile, startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';
import { makeSchedule } from '../../support/schedules.ts';

let engine: TestEngine;
let id: string;

before(async () => {
  engine = await startTestEngine({ contacts: 1 });
});
after(() => engine.close());
beforeEach(async () => {
  await sweepSchedules(engine.deps, true);
  id = (await makeSchedule(engine, { intervalSeconds: 3_600 })).schedule.id;
});

const handle = () => engine.temporal.schedule.getHandle(`import-schedule-${id}`);
const kept = (): Promise<KeptSchedule | null> => engine.deps.orchestrator.schedules.find(id);
const row = (): Promise<ImportSchedule | null> => engine.orm.em.fork().findOne(ImportSchedule, { id });
const whole = (): Promise<number> => sweepSchedules(engine.deps, true);
const between = (): Promise<number> => sweepSchedules(engine.deps, false);

/** As if a process had died in the middle of something a while ago. */
async function left(state: ScheduleState, secondsAgo = 60): Promise<void> {
  const stateAt = new Date(Date.now() - secondsAgo * 1_000);
  await engine.orm.em.fork().nativeUpdate(ImportSchedule, { id }, { state, stateAt });
}

describe('what became different in Temporal alone', () => {
  test('nothing did: nothing is mended', async () => {
    assert.equal(await whole(), 0);
  });

  test('a schedule that was deleted there is made again, paused when it was', async () => {
    const before = await kept();
    await handle().delete();
    assert.equal(await whole(), 1);
    assert.deepEqual((await kept())?.digest, before?.digest);
    await engine.schedules.pause(engine.actor, id);
    await handle().delete();
    assert.equal(await whole(), 1);
    assert.equal((await kept())?.paused, true);
    assert.equal(await whole(), 0);
  });

  test('a timing, policy or action that was changed there is put back', async () => {
    const before = await kept();
    const changes: Parameters<ReturnType<typeof handle>['update']>[0][] = [
      (now) => ({ ...now, spec: { intervals: [{ every: '1 second' }] } }),
      (now) => ({ ...now, policies: { ...now.policies, overlap: 'ALLOW_ALL' } }),
      (now) => ({ ...now, action: { ...now.action, args: [{ scheduleId: 'another' }] } }),
      (now) => ({ ...now, state: { ...now.state, remainingActions: 1 } }),
    ];
    for (const change of changes) {
      await handle().update(change);
      assert.notEqual((await kept())?.digest, before?.digest);
      assert.equal(await whole(), 1);
      assert.equal((await kept())?.digest, before?.digest);
    }
  });

  test('a pause and a resume there were meant, and are taken over', async () => {
    await handle().pause('somebody said so');
    assert.equal((await engine.schedules.get(engine.actor, id)).paused, true);
    assert.equal(await whole(), 1);
    assert.equal((await row())?.paused, true);
    await handle().unpause();
    assert.equal(await whole(), 1);
    assert.equal((await row())?.paused, false);
    assert.equal(await whole(), 0);
  });

  test('a schedule that only Temporal has goes, unless it is another installation’s', async () => {
    const settings = { namespace: 'default', uiUrl: '', address: process.env['LADING_TEST_TEMPORAL_ADDRESS'] ?? '' };
    const other = createOrchestrator({ ...settings, taskQueue: `${engine.taskQueue}-other` });
    const plan = {
      id: engine.actor.userId,
      tenantId: engine.actor.tenantId,
      profileId: engine.profileId,
      name: 'Theirs',
      timing: { kind: 'interval', seconds: 3_600 },
      timezone: 'UTC',
      overlap: 'skip',
      catchupWindowSeconds: 60,
      paused: true,
    } as const;
    await other.schedules.put(plan);
    while (!(await other.schedules.list()).includes(plan.id)) await new Promise(setImmediate);
    while (!(await engine.deps.orchestrator.schedules.list()).includes(id)) await new Promise(setImmediate);
    await engine.orm.em.fork().nativeDelete(ImportSchedule, { id });
    assert.equal(await whole(), 1);
    assert.equal(await kept(), null);
    assert.notEqual(await other.schedules.find(plan.id), null);
    await other.schedules.remove(plan.id);
    await other.close();
  });
});

describe('what was left in the middle here', () => {
  test('one that was being made goes from both sides', async () => {
    await left('making');
    assert.equal(await between(), 1);
    assert.deepEqual([await row(), await kept()], [null, null]);
  });

  test('one that was being changed is in Temporal as it is here', async () => {
    const before = await kept();
    await handle().update((now) => ({ ...now, spec: { intervals: [{ every: '7 days' }] }, state: { paused: true } }));
    await left('changing');
    assert.equal(await between(), 1);
    assert.deepEqual([(await kept())?.digest, (await kept())?.paused], [before?.digest, false]);
    assert.equal((await row())?.state, 'settled');
    assert.equal(await between(), 0);
  });

  test('one that was being removed is removed', async () => {
    await left('removing');
    assert.equal(await between(), 1);
    assert.deepEqual([await row(), await kept()], [null, null]);
  });

  test('is left alone while whoever began it may still be at it', async () => {
    await left('changing', 1);
    assert.equal(await between(), 0);
  });

  test('waits until Temporal is there again', async () => {
    const settings = { address: '127.0.0.1:1', namespace: 'default', taskQueue: engine.taskQueue, uiUrl: '' };
    const away = createOrchestrator(settings);
    await left('removing');
    await assert.rejects(sweepSchedules({ ...engine.deps, orchestrator: away }, false), { code: 'unavailable' });
    await away.close();
    assert.equal((await row())?.state, 'removing');
    await between();
    assert.deepEqual([await row(), await kept()], [null, null]);
  });
});

test('the schedule of a deleted profile is gone at once, and then from Temporal', async () => {
  const profiles = createProfiles(engine.deps);
  const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl);
  const { schedule } = await makeSchedule(engine, { profileId });
  await profiles.remove(engine.actor, profileId);
  await assert.rejects(engine.schedules.get(engine.actor, schedule.id), { code: 'not_found' });
  assert.ok((await between()) >= 1);
  assert.equal(await engine.deps.orchestrator.schedules.find(schedule.id), null);
  assert.equal(await engine.orm.em.fork().count(ImportSchedule, { id: schedule.id }), 0);
});
