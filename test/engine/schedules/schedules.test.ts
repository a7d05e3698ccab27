import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError, mistakesOf } from '../../../src/domain/errors.ts';
import type { FieldMistakes } from '../../../src/domain/errors.ts';
import { createSchedules } from '../../../src/engine/schedules/index.ts';
import type { ScheduleInput } from '../../../src/engine/schedules/schedule-input.ts';
import { ImportSchedule } from '../../../src/store/entities/import-schedule.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { makeActor } from '../../support/factories.ts';
import { startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';
import { makeSchedule, SELDOM } from '../../support/schedules.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine({ contacts: 1 });
});
after(() => engine.close());

const mistakes = async (work: Promise<unknown>): Promise<FieldMistakes> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, 'validation', error.message);
  return mistakesOf(error);
};
const refused = (input: ScheduleInput): Promise<FieldMistakes> =>
  mistakes(engine.schedules.create(engine.actor, input));
const describeKept = (id: string) => engine.temporal.schedule.getHandle(`import-schedule-${id}`).describe();
const times = (dates: readonly Date[]): string[] => dates.map((date) => date.toISOString());
const rows = (): Promise<number> => engine.orm.em.fork().count(ImportSchedule);

describe('a new schedule', () => {
  test('is kept by Temporal as it was asked for', async () => {
    const { schedule, paused } = await makeSchedule(engine, { overlap: 'buffer_one', catchupWindowSeconds: 90 });
    assert.equal(paused, false);
    const kept = await describeKept(schedule.id);
    assert.deepEqual(kept.policies, { overlap: 'BUFFER_ONE', catchupWindow: 90_000, pauseOnFailure: false });
    assert.deepEqual(
      [kept.action.workflowType, kept.action.taskQueue, kept.action.args],
      ['scheduledImportWorkflow', engine.taskQueue, [{ scheduleId: schedule.id }]],
    );
  });

  test('has defaults: it skips what overlaps, makes up for an hour, and counts in UTC', async () => {
    const { schedule } = await makeSchedule(engine);
    const { overlap, catchupWindowSeconds, timezone, options, mode } = schedule;
    assert.deepEqual([overlap, catchupWindowSeconds, timezone], ['skip', 3600, 'UTC']);
    assert.deepEqual([options.batchSize, options.sinceLastRun, mode.importMode], [10_000, null, 'upsert']);
  });

  test('knows when it is due next, in its time zone, summer and winter', async () => {
    const summers = async (input: ScheduleInput): Promise<string[]> => {
      const { nextRuns } = await makeSchedule(engine, { timezone: 'Europe/Berlin', ...input });
      return times(nextRuns).map((time) => time.slice(5));
    };
    const noons = await summers({ cron: '30 12 1 JAN,JUL *' });
    assert.deepEqual(noons.toSorted().slice(0, 1), ['01-01T11:30:00.000Z']);
    assert.deepEqual(noons.toSorted().slice(-1), ['07-01T10:30:00.000Z']);
    // 02:30 is left out when clocks go forward; the day after it is an hour earlier in UTC.
    const { nextRuns } = await makeSchedule(engine, { cron: '30 2 * MAR SUN,MON', timezone: 'Europe/Berlin' });
    const spring = times(nextRuns).filter((time) => time.startsWith('2027-03-2'));
    assert.deepEqual(spring.slice(-2), ['2027-03-22T01:30:00.000Z', '2027-03-29T00:30:00.000Z']);
    // 02:30 comes twice when clocks go back, and counts once.
    const autumn = await makeSchedule(engine, { cron: '30 2 31 OCT *', timezone: 'Europe/Berlin' });
    assert.deepEqual(
      times(autumn.nextRuns).filter((time) => time.startsWith('2027')),
      ['2027-10-31T01:30:00.000Z'],
    );
  });

  test('that is due every hour loses none when clocks go back', async () => {
    const specOf = async (cron: string, timezone: string): Promise<string | undefined> => {
      const { schedule } = await makeSchedule(engine, { cron, timezone });
      assert.equal(schedule.timezone, timezone);
      const handle = engine.temporal.schedule.getHandle(`import-schedule-${schedule.id}`);
      return (await handle.describe()).spec.timezone;
    };
    assert.equal(await specOf('*/20 * * * *', 'Europe/Berlin'), 'UTC');
    assert.equal(await specOf('@hourly', 'America/New_York'), 'UTC');
    assert.equal(await specOf('0 * * * *', 'Asia/Kolkata'), 'Asia/Kolkata');
    assert.equal(await specOf('0 * * * *', 'Australia/Lord_Howe'), 'Australia/Lord_Howe');
    assert.equal(await specOf('0 0-22 * * *', 'Europe/Berlin'), 'Europe/Berlin');
    assert.equal(await specOf('0 * * * 1-5', 'Europe/Berlin'), 'Europe/Berlin');
  });

  test('is due on days of the month or of the week, either, as cron has it', async () => {
    const { nextRuns } = await makeSchedule(engine, { cron: '0 0 13 6 FRI' });
    const days = new Set(nextRuns.map((date) => (date.getUTCDate() === 13 ? '13th' : date.getUTCDay())));
    assert.deepEqual(days, new Set(['13th', 5]));
  });

  test('may be due every second', async () => {
    const { nextRuns } = await makeSchedule(engine, { intervalSeconds: 1, profileId: engine.profileId });
    const [first, second] = nextRuns;
    assert.equal(Number(second) - Number(first), 1_000);
  });

  test('names every mistake at once', async () => {
    assert.deepEqual(
      await refused({
        name: ' ',
        profileId: engine.profileId,
        cron: '61 * * * *',
        intervalSeconds: 0,
        timezone: 'Europe/Bonn',
        options: { batchSize: 0, selectedTypes: ['tickets'], filters: { limit: 5 }, sinceLastRun: 'updated_at' },
      }),
      {
        name: ['The name field is required.'],
        cron: [
          'Give either cron or interval_seconds, not both.',
          'The minute of the cron expression is wrong: "61" is not a number from 0 to 59.',
        ],
        interval_seconds: ['The interval seconds must be between 1 and 31622400.'],
        timezone: ['The time zone Europe/Bonn is not known: name one of the IANA database, such as Europe/Berlin.'],
        'options.batch_size': ['The batch size must be between 1 and 100000.'],
        'options.selected_types': ['The profile has no query for the type tickets.'],
        'options.import_filters.limit': [
          'A limit cannot be combined with since_last_run: of the rows that it leaves out nobody knows that they were not read.',
        ],
      },
    );
    assert.deepEqual(await refused({}), {
      name: ['The name field is required.'],
      cron: ['Give either cron or interval_seconds.'],
      profile_id: ['The profile id field is required.'],
    });
    const stranger = await makeActor(engine.orm);
    const foreign = { name: 'x', profileId: engine.profileId, cron: SELDOM };
    assert.deepEqual(await mistakes(engine.schedules.create(stranger, foreign)), {
      profile_id: ['The selected profile id is invalid.'],
    });
    assert.deepEqual(
      await refused({ ...foreign, options: { sinceLastRun: { tickets: 'updated_at', customer_users: 'updated_at' } } }),
      { 'options.since_last_run.tickets': ['The schedule does not import the type tickets.'] },
    );
  });
});

describe('a schedule that is there', () => {
  test('changes in what is given, here and in Temporal', async () => {
    const { schedule } = await makeSchedule(engine, { timezone: 'Europe/Berlin' });
    const { id } = schedule;
    const changed = await engine.schedules.update(engine.actor, id, { intervalSeconds: 60, name: 'Minutely' });
    const { cron, intervalSeconds, name, timezone, state } = changed.schedule;
    assert.deepEqual(
      [cron, intervalSeconds, name, timezone, state],
      [null, 60, 'Minutely', 'Europe/Berlin', 'settled'],
    );
    const kept = await describeKept(id);
    assert.deepEqual(
      kept.spec.intervals?.map(({ every }) => every),
      [60_000],
    );
    assert.deepEqual(kept.spec.calendars ?? [], []);
    const back = await engine.schedules.update(engine.actor, id, { cron: '0 5 * * *' });
    assert.deepEqual([back.schedule.cron, back.schedule.intervalSeconds], ['0 5 * * *', null]);
    assert.deepEqual(await mistakes(engine.schedules.update(engine.actor, id, { cron: null })), {
      cron: ['Give either cron or interval_seconds.'],
    });
    const same = await engine.schedules.update(engine.actor, id, { intervalSeconds: null });
    assert.equal(same.schedule.cron, '0 5 * * *');
  });

  test('is paused and resumed, as often as one likes; paused it is never due', async () => {
    const { schedule } = await makeSchedule(engine);
    for (const paused of [true, true, false, false]) {
      const act = paused ? engine.schedules.pause : engine.schedules.resume;
      const view = await act(engine.actor, schedule.id);
      assert.deepEqual([view.paused, view.schedule.paused, view.nextRuns.length > 0], [paused, paused, !paused]);
      assert.equal((await describeKept(schedule.id)).state.paused, paused);
    }
    await engine.schedules.pause(engine.actor, schedule.id);
    const changed = await engine.schedules.update(engine.actor, schedule.id, { intervalSeconds: 5 });
    assert.equal(changed.paused, true);
  });

  test('goes, here and in Temporal, and its jobs stay', async () => {
    const { schedule } = await makeSchedule(engine);
    await engine.schedules.remove(engine.actor, schedule.id);
    await assert.rejects(engine.schedules.get(engine.actor, schedule.id), { code: 'not_found' });
    await assert.rejects(engine.schedules.remove(engine.actor, schedule.id), { code: 'not_found' });
    await assert.rejects(describeKept(schedule.id), { name: 'ScheduleNotFoundError' });
  });

  test('is not found by another tenant, nor by an agent who did not make it', async () => {
    const { schedule } = await makeSchedule(engine);
    const { tenantId } = engine.actor;
    const agent = await makeActor(engine.orm, { tenantId, role: 'agent', permissions: ['system.import'] });
    for (const actor of [await makeActor(engine.orm), agent]) {
      for (const verb of ['get', 'remove', 'pause', 'resume', 'trigger'] as const) {
        await assert.rejects(engine.schedules[verb](actor, schedule.id), { code: 'not_found' }, verb);
      }
      await assert.rejects(engine.schedules.update(actor, schedule.id, {}), { code: 'not_found' });
      assert.deepEqual(await engine.schedules.list(actor, { page: 1, perPage: 10 }), { rows: [], total: 0 });
    }
    const helpless = await makeActor(engine.orm, { tenantId, role: 'agent' });
    await assert.rejects(engine.schedules.get(helpless, schedule.id), { code: 'forbidden' });
  });

  test('is changed by several at once, and then both sides say the same', async () => {
    const { schedule } = await makeSchedule(engine, { intervalSeconds: 100, profileId: engine.profileId });
    const changes = [200, 300, 400].map((intervalSeconds) =>
      engine.schedules.update(engine.actor, schedule.id, { intervalSeconds }),
    );
    await Promise.all([...changes, engine.schedules.pause(engine.actor, schedule.id)]);
    const { schedule: now } = await engine.schedules.get(engine.actor, schedule.id);
    const kept = await describeKept(schedule.id);
    assert.equal(kept.spec.intervals?.[0]?.every, (now.intervalSeconds ?? 0) * 1_000);
    assert.deepEqual([now.state, now.paused, kept.state.paused], ['settled', true, true]);
  });
});

describe('while Temporal is away', () => {
  test('nothing is made, changed or removed, and that is said', async () => {
    const settings = { address: '127.0.0.1:1', namespace: 'default', taskQueue: engine.taskQueue, uiUrl: '' };
    const orchestrator = createOrchestrator(settings);
    const away = createSchedules({ ...engine.deps, orchestrator });
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => (await makeSchedule(engine, { intervalSeconds: 3_600 })).schedule.id),
    );
    const [changed = '', removed = '', paused = '', other = ''] = ids;
    const count = await rows();
    const outcomes = await Promise.allSettled([
      away.create(engine.actor, { name: 'x', profileId: engine.profileId, cron: SELDOM }),
      away.update(engine.actor, changed, { name: 'Other', intervalSeconds: 1 }),
      away.remove(engine.actor, removed),
      away.pause(engine.actor, paused),
      away.trigger(engine.actor, other),
      away.get(engine.actor, other),
      away.list(engine.actor, { page: 1, perPage: 5 }),
    ]);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof AppError);
      assert.equal(outcome.reason.code, 'unavailable');
    }
    await orchestrator.close();
    const { total } = await engine.schedules.list(engine.actor, { page: 1, perPage: 100 });
    assert.equal(total, count);
    for (const id of ids) {
      const { schedule, paused: there } = await engine.schedules.get(engine.actor, id);
      const { name, intervalSeconds, paused: here } = schedule;
      assert.deepEqual([name, intervalSeconds, here, there], ['Nightly', 3_600, false, false]);
    }
  });
});
