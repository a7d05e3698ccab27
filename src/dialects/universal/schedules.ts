import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { ScheduleView } from '../../engine/schedules/schedule-view.ts';
import { messageOf } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import { changedScheduleAnswer, presentSchedule, scheduleAnswer } from './present-schedule.ts';
import { checkable, scheduleBody } from './schedule-body.ts';

const DELETED = 'Import schedule deleted successfully';

const SHARED = { permission: 'system.import', limit: 'jobs' } as const;
const ONE = { ...SHARED, params: idParams, subject: 'Import schedule' };

/** Recurring imports. */
export function scheduleRoutes({ schedules }: Pick<Engine, 'schedules'>): readonly Route[] {
  return [
    guarded('get', '/schedules', {
      ...SHARED,
      summary: 'Lists import schedules, newest first.',
      status: 200,
      answers: pageOf(scheduleAnswer),
      query: z.object(paging()),
      act: ({ actor, query }) => schedules.list(actor, { page: query.page, perPage: query.per_page }),
      present: ({ rows, total }, { query }) => ({
        body: { data: rows.map(presentSchedule), meta: meta(query, total) },
      }),
    }),
    guarded('post', '/schedules', {
      ...SHARED,
      summary: 'Makes an import recur, by cron expression or interval.',
      status: 201,
      answers: changedScheduleAnswer,
      body: scheduleBody,
      check: ({ actor, body }, told) => schedules.check(actor, checkable(body, told)),
      act: ({ actor, body }) => schedules.create(actor, body),
      present: (view) => ({ body: answer('created', view) }),
    }),
    guarded('get', '/schedules/:id', {
      ...ONE,
      summary: 'Shows an import schedule, its next runs and its last jobs.',
      status: 200,
      answers: changedScheduleAnswer,
      act: ({ actor, params }) => schedules.get(actor, params.id),
      present: (view) => ({ body: answer('found', view) }),
    }),
    guarded('put', '/schedules/:id', {
      ...ONE,
      summary: 'Changes an import schedule; what is left out stays.',
      status: 200,
      answers: changedScheduleAnswer,
      body: scheduleBody,
      check: ({ actor, params, body }, told) => schedules.checkChange(actor, params.id, checkable(body, told)),
      act: ({ actor, params, body }) => schedules.update(actor, params.id, body),
      present: (view) => ({ body: answer('updated', view) }),
    }),
    guarded('delete', '/schedules/:id', {
      ...ONE,
      summary: 'Removes an import schedule; its jobs and what they imported stay.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => schedules.remove(actor, params.id),
      present: () => ({ body: { message: DELETED } }),
    }),
    ...CONTROLS.map(({ verb, done, summary }) =>
      guarded('post', `/schedules/:id/${verb}`, {
        ...ONE,
        summary,
        status: 200,
        answers: changedScheduleAnswer,
        act: ({ actor, params }) => schedules[verb](actor, params.id),
        present: (view) => ({ body: answer(done, view) }),
      }),
    ),
  ];
}

const CONTROLS = [
  { verb: 'pause', done: 'paused', summary: 'Lets no run of an import schedule begin until it is resumed.' },
  { verb: 'resume', done: 'resumed', summary: 'Lets the runs of a paused import schedule begin again.' },
  { verb: 'trigger', done: 'triggered', summary: 'Starts a run of an import schedule now.' },
] as const;

function answer(done: string, view: ScheduleView): Presented<typeof changedScheduleAnswer> {
  return { message: `Import schedule ${done} successfully`, schedule: presentSchedule(view) };
}
