import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { CHANGE_ACTIONS } from '../../domain/plan.ts';
import type { Engine } from '../../engine/index.ts';
import type { PlanView } from '../../engine/plans/index.ts';
import type { Change } from '../../engine/plans/change.ts';
import { count, fieldValue, messageAnswer, messageOf, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryValue, text } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import { checkable, jobBody } from './job-body.ts';
import { changedJobAnswer, jobAnswer } from './job-answers.ts';
import { presentJob } from './present-job.ts';

const changesQuery = z.object({
  action: queryValue(z.enum(CHANGE_ACTIONS)),
  target_type: queryValue(text()),
  ...paging(25),
});

const DELETED = 'Import plan deleted successfully';

/** A plan is a job that changes nothing, so it is shown as one, with what it has found out. */
const planAnswer = jobAnswer.extend({
  summary: z
    .object({ create: count, update: count, skip: count, fail: count, review: count, drifted: count })
    .describe('Rows by what is going to become of them; those that had drifted were held when it was applied.'),
  applied_by_job_id: perhaps(z.uuid()),
});

const changeAnswer = z.object({
  row_number: z.int().min(1),
  source_identifier: perhaps(z.string()),
  target_type: z.string(),
  action: z.enum(CHANGE_ACTIONS),
  target_id: perhaps(z.string()).describe('The record it meets or, where it is to be created, is going to be.'),
  duplicate_of: perhaps(z.string()),
  fields: z
    .record(z.string(), z.object({ before: fieldValue, after: fieldValue }))
    .describe('Those that would change.'),
  drifted: z.boolean(),
});

const SHARED = { permission: 'system.import', limit: 'jobs' } as const;
const ONE = { ...SHARED, params: idParams, subject: 'Import plan' };

/** Plans: an import is found out in full, looked at, and then applied as it was shown. */
export function planRoutes({ plans }: Pick<Engine, 'plans'>): readonly Route[] {
  return [
    guarded('post', '/plans', {
      ...SHARED,
      summary: 'Finds out what an import would change, row by row, and changes nothing.',
      status: 201,
      answers: messageAnswer.extend({ plan: planAnswer }),
      body: jobBody,
      check: async ({ actor, body }, told) => {
        try {
          return await plans.check(actor, checkable(body, told));
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
          return { profile_id: ['The selected profile id is invalid.'] };
        }
      },
      act: ({ actor, body }) => plans.create(actor, body),
      present: (view) => ({
        body: { message: 'Import plan started successfully', plan: presentPlan(view) },
      }),
    }),
    guarded('get', '/plans/:id', {
      ...ONE,
      summary: 'Shows an import plan and how many rows it would create, update, skip and fail.',
      status: 200,
      answers: z.object({ plan: planAnswer }),
      act: ({ actor, params }) => plans.get(actor, params.id),
      present: (view) => ({ body: { plan: presentPlan(view) } }),
    }),
    guarded('get', '/plans/:id/changes', {
      ...ONE,
      summary: 'Lists what would become of each row.',
      status: 200,
      answers: pageOf(changeAnswer),
      query: changesQuery,
      act: ({ actor, params, query }) =>
        plans.changes(actor, params.id, {
          action: query.action,
          targetType: query.target_type,
          page: query.page,
          perPage: query.per_page,
        }),
      present: ({ rows, total }, { query }) => ({ body: { data: rows.map(presentChange), meta: meta(query, total) } }),
    }),
    guarded('post', '/plans/:id/apply', {
      ...ONE,
      summary: 'Makes a job that applies exactly what was planned; rows whose target has changed since are held.',
      status: 201,
      answers: changedJobAnswer,
      act: ({ actor, params }) => plans.apply(actor, params.id),
      present: (view) => ({
        body: { message: 'Import plan is being applied', job: presentJob(view) },
      }),
    }),
    guarded('delete', '/plans/:id', {
      ...ONE,
      summary: 'Removes an import plan with its rows.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => plans.delete(actor, params.id),
      present: () => ({ body: { message: DELETED } }),
    }),
  ];
}

function presentPlan(view: PlanView): Presented<typeof planAnswer> {
  return { ...presentJob(view), summary: view.summary, applied_by_job_id: view.appliedBy };
}

function presentChange(change: Change): Presented<typeof changeAnswer> {
  return {
    row_number: change.rowNumber,
    source_identifier: change.sourceIdentifier,
    target_type: change.targetType,
    action: change.action,
    target_id: change.targetId,
    duplicate_of: change.duplicateOf,
    fields: Object.fromEntries(change.fields),
    drifted: change.drifted,
  };
}
