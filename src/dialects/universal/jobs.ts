import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { JOB_STATUSES } from '../../domain/job.ts';
import { ISSUE_CODES } from '../../domain/record.ts';
import type { JobStats } from '../../engine/jobs/job-stats.ts';
import type { Engine } from '../../engine/index.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { day, idParams, queryValue, text, uuid } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import { changedJobAnswer, issueAnswer, jobAnswer, jobStatsAnswer, jobStatusAnswer } from './job-answers.ts';
import { checkable, jobBody, jobSettings } from './job-body.ts';
import { certificateAnswer, presentCertificate } from './present-certificate.ts';
import { presentIssue, presentJob, presentRecent, presentStatus } from './present-job.ts';

/** `status=failed`, `status=failed,completed` and `status[]=failed&status[]=completed` all do. */
const statuses = z.preprocess(
  (given) => (typeof given === 'string' ? given.split(',').filter((word) => word !== '') : given),
  z.array(z.enum(JOB_STATUSES)).optional(),
);

const days = { date_from: queryValue(day), date_to: queryValue(day) };

const listQuery = z.object({
  profile_id: queryValue(uuid),
  status: statuses,
  ...days,
  search: queryValue(text()),
  ...paging(),
});

/** Records chosen one by one; the list of more than these does not fit a request. */
const MAX_CHOSEN = 20_000;

const issuesQuery = z.object({ code: queryValue(z.enum(ISSUE_CODES)), field: queryValue(text()), ...paging(100) });

const retryBody = z
  .object({ record_ids: z.array(uuid).min(1).max(MAX_CHOSEN).nullish() })
  .nullish()
  .transform((given) => given ?? {});

const SHARED = { permission: 'system.import', limit: 'jobs' } as const;
const ONE = { ...SHARED, params: idParams, subject: 'Import job' };

/** Jobs are made, watched and stopped here. */
export function jobRoutes({ jobs }: Pick<Engine, 'jobs'>): readonly Route[] {
  return [
    guarded('get', '/jobs', {
      ...SHARED,
      summary: 'Lists import jobs, newest first.',
      status: 200,
      answers: pageOf(jobAnswer),
      query: listQuery,
      act: ({ actor, query }) =>
        jobs.list(actor, {
          profileId: query.profile_id,
          statuses: query.status,
          dateFrom: query.date_from,
          dateTo: query.date_to,
          search: query.search,
          page: query.page,
          perPage: query.per_page,
        }),
      present: ({ rows, total }, { query }) => ({ body: { data: rows.map(presentJob), meta: meta(query, total) } }),
    }),
    guarded('post', '/jobs', {
      ...SHARED,
      summary: 'Makes an import job and starts it.',
      status: 201,
      answers: changedJobAnswer,
      body: jobBody,
      check: async ({ actor, body }, told) => {
        try {
          return await jobs.check(actor, checkable(body, told));
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
          return { profile_id: ['The selected profile id is invalid.'] };
        }
      },
      act: ({ actor, body }) => jobs.create(actor, body),
      present: (view) => ({
        body: { message: 'Import job started successfully', job: presentJob(view) },
      }),
    }),
    guarded('post', '/profiles/:id/import', {
      ...SHARED,
      summary: 'Imports everything a profile has queries for.',
      status: 201,
      answers: changedJobAnswer,
      params: idParams,
      subject: 'Import profile',
      body: jobSettings,
      check: ({ actor, params, body }, told) => jobs.check(actor, checkable({ profileId: params.id, ...body }, told)),
      act: ({ actor, params, body }) => jobs.create(actor, { profileId: params.id, ...body }),
      present: (view) => ({
        body: { message: 'Import job started successfully', job: presentJob(view) },
      }),
    }),
    guarded('get', '/jobs/stats', {
      ...SHARED,
      summary: 'Figures over import jobs and the newest of them.',
      status: 200,
      answers: jobStatsAnswer,
      query: z.object(days),
      act: ({ actor, query }) => jobs.stats(actor, { dateFrom: query.date_from, dateTo: query.date_to }),
      present: (stats) => ({ body: presentStats(stats) }),
    }),
    guarded('get', '/jobs/:id', {
      ...ONE,
      summary: 'Shows an import job.',
      status: 200,
      answers: jobAnswer,
      act: ({ actor, params }) => jobs.get(actor, params.id),
      present: (view) => ({ body: presentJob(view) }),
    }),
    guarded('get', '/jobs/:id/status', {
      ...ONE,
      summary: 'How an import job stands.',
      status: 200,
      answers: jobStatusAnswer,
      act: ({ actor, params }) => jobs.get(actor, params.id),
      present: (view) => ({ body: presentStatus(view) }),
    }),
    guarded('get', '/jobs/:id/issues', {
      ...ONE,
      summary: 'Lists what was wrong with rows of an import job.',
      status: 200,
      answers: pageOf(issueAnswer),
      query: issuesQuery,
      act: async ({ actor, params, query }) => {
        const { code, field, page, per_page: perPage } = query;
        const { job } = await jobs.get(actor, params.id);
        return { job, ...(await jobs.issues(actor, params.id, { code, field, page, perPage })) };
      },
      present: ({ job, rows, total }, { query }) => ({
        body: { data: rows.map((issue) => presentIssue(job, issue)), meta: meta(query, total) },
      }),
    }),
    guarded('get', '/jobs/:id/certificate', {
      ...ONE,
      summary: 'Holds what an import job did against what the target holds of it now.',
      status: 200,
      answers: z.object({ certificate: certificateAnswer }),
      act: ({ actor, params, signal }) => jobs.certificate(actor, params.id, signal),
      present: (certificate) => ({ body: { certificate: presentCertificate(certificate) } }),
    }),
    guarded('post', '/jobs/:id/retry', {
      ...ONE,
      summary: 'Makes a job of what failed or was not reached in an earlier one.',
      status: 201,
      answers: changedJobAnswer,
      body: retryBody,
      act: ({ actor, params, body }) => jobs.retry(actor, params.id, { recordIds: body.record_ids ?? null }),
      present: (view) => ({
        body: { message: 'Import job retry started successfully', job: presentJob(view) },
      }),
    }),
    ...CONTROLS.map(({ verb, done, summary }) =>
      guarded('post', `/jobs/:id/${verb}`, {
        ...ONE,
        summary,
        status: 200,
        answers: changedJobAnswer,
        act: ({ actor, params }) => jobs[verb](actor, params.id),
        present: (view) => ({ body: { message: `Import job ${done} successfully`, job: presentJob(view) } }),
      }),
    ),
  ];
}

const CONTROLS = [
  { verb: 'cancel', done: 'cancelled', summary: 'Stops an import job for good.' },
  { verb: 'pause', done: 'paused', summary: 'Stops an import job until it is resumed.' },
  { verb: 'resume', done: 'resumed', summary: 'Lets a paused import job go on.' },
] as const;

function presentStats(stats: JobStats): Presented<typeof jobStatsAnswer> {
  return {
    stats: {
      total_jobs: stats.totalJobs,
      completed_jobs: stats.completedJobs,
      failed_jobs: stats.failedJobs,
      running_jobs: stats.runningJobs,
      cancelled_jobs: stats.cancelledJobs,
      total_records_imported: stats.totalRecordsImported,
      total_records_failed: stats.totalRecordsFailed,
      average_duration: stats.averageDuration,
    },
    recent_jobs: stats.recent.map(presentRecent),
  };
}
