import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../src/domain/actor.ts';
import type { ScheduleInput } from '../../src/engine/schedules/schedule-input.ts';
import type { ScheduleView } from '../../src/engine/schedules/schedule-view.ts';
import type { TestEngine } from './jobs.ts';

/** Never due while tests run: what runs is triggered. */
export const SELDOM = '0 0 29 2 *';

/** A schedule of the test's profile. */
export function makeSchedule(
  { schedules, actor, profileId }: TestEngine,
  input: ScheduleInput = {},
  by: Actor = actor,
): Promise<ScheduleView> {
  const timing = input.intervalSeconds === undefined ? { cron: SELDOM } : {};
  return schedules.create(by, { name: 'Nightly', profileId, ...timing, ...input });
}

/** The jobs that the runs of a schedule made, in their order, once there are so many. */
export async function jobsOfSchedule({ orm }: TestEngine, scheduleId: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 1_500; tries++) {
    const rows: { job_id: string }[] = await orm.em
      .fork()
      .execute(`select "job_id" from "import_schedule_runs" where "schedule_id" = ? order by "number"`, [scheduleId]);
    if (rows.length >= count) return rows.map((row) => row.job_id);
    await delay(20);
  }
  throw new Error(`the schedule never came to ${count} jobs`);
}
