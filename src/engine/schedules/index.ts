import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { checkChange, pauseSchedule, resumeSchedule, updateSchedule } from './change-schedule.ts';
import { checkSchedule, createSchedule } from './create-schedule.ts';
import { deleteSchedule } from './delete-schedule.ts';
import { getSchedule, listSchedules } from './find-schedules.ts';
import type { ScheduleInput } from './schedule-input.ts';
import { triggerSchedule } from './trigger-schedule.ts';

/** The use cases of schedules. All need `system.import`; a foreign schedule is `not_found`. */
export function createSchedules(deps: EngineDeps) {
  return {
    list: (actor: Actor, page: Page) => listSchedules(deps, actor, page),
    get: (actor: Actor, id: string) => getSchedule(deps, actor, id),
    check: (actor: Actor, input: ScheduleInput) => checkSchedule(deps, actor, input),
    create: (actor: Actor, input: ScheduleInput) => createSchedule(deps, actor, input),
    checkChange: (actor: Actor, id: string, input: ScheduleInput) => checkChange(deps, actor, id, input),
    update: (actor: Actor, id: string, input: ScheduleInput) => updateSchedule(deps, actor, id, input),
    remove: (actor: Actor, id: string) => deleteSchedule(deps, actor, id),
    pause: (actor: Actor, id: string) => pauseSchedule(deps, actor, id),
    resume: (actor: Actor, id: string) => resumeSchedule(deps, actor, id),
    trigger: (actor: Actor, id: string) => triggerSchedule(deps, actor, id),
  };
}

export type Schedules = ReturnType<typeof createSchedules>;
