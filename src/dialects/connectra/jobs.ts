import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Service } from '../../domain/directory/columns.ts';
import { exportFileName, MOST_RETRIES } from '../../domain/directory-job.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { text, uuid } from '../inputs.ts';
import { guarded, open } from '../route.ts';
import { newJobAnswer } from './answers.ts';
import { namedMistake } from './errors.ts';
import { linkQuery } from './file-links.ts';
import { JOB_STATUSES, JOB_TYPES, statusOf } from './job-words.ts';
import type { JobStatus } from './job-words.ts';
import { jobsAnswer, presentJob } from './present-job.ts';
import { serviceNamed } from './services.ts';

/** Jobs a list may have at once. */
const MOST_JOBS = 100;

/** Checked part by part, for each mistake has a name of its own. */
const newJob = z
  .object({ job_type: z.unknown().optional(), job_data: z.unknown().optional(), retry_count: z.unknown().optional() })
  .meta({
    description:
      '`job_type` insert_csv_file with `job_data` {s3_key, s3_bucket}, or export_csv_file with {service, vql}',
  });

const jobData = z.looseObject({});

const words = z.union([z.string(), z.array(z.string())]);

const choice = z.object({
  job_type: z.string().nullish(),
  status: words.nullish(),
  limit: z.number().int().min(1).nullish(),
  page: z.number().int().min(1).max(1_000_000).nullish(),
});

const CSV = { status: 200, answers: z.string(), answersAs: 'text/csv' } as const;
const SHARED = { permission: 'system.import' } as const;

/** Imports of uploaded files and exports, in the background. */
export function jobRoutes({ directoryJobs }: Pick<Engine, 'directoryJobs'>): readonly Route[] {
  return [
    guarded('post', '/common/jobs/create', {
      ...SHARED,
      summary: 'Makes a job that imports an uploaded CSV file or exports what a query finds.',
      status: 201,
      answers: newJobAnswer,
      body: newJob,
      act: ({ actor, body }) => {
        const kind = jobTypeNamed(body.job_type);
        const { s3_key: uploadKey, service, vql } = dataOf(body.job_data);
        const retries = retriesOf(body.retry_count);
        if (kind === 'import') return directoryJobs.createImport(actor, { uploadKey: keyOf(uploadKey), retries });
        return directoryJobs.createExport(actor, { service: serviceOf(service), query: vql ?? {}, retries });
      },
      present: ({ view: { job }, phase }) => ({
        body: {
          success: true,
          message: 'Job created successfully',
          data: { uuid: job.id, id: job.number, status: statusOf(phase) },
        },
      }),
    }),
    guarded('post', '/common/jobs', {
      summary: 'Lists jobs, newest first.',
      status: 200,
      answers: jobsAnswer,
      body: choice,
      act: ({ actor, body: { job_type: type, status, limit, page } }) => {
        const perPage = limit ?? 20;
        if (perPage > MOST_JOBS) {
          throw namedMistake(
            'ERR_PAGE_SIZE_EXCEEDED',
            `A page has at most ${MOST_JOBS} jobs; ${perPage} were asked for.`,
          );
        }
        return directoryJobs.list(actor, {
          kind: type === null || type === undefined || type === '' ? null : jobTypeNamed(type),
          phases: status === null || status === undefined ? null : phasesNamed(status),
          page: page ?? 1,
          perPage,
        });
      },
      present: (jobs, { origin }) => ({
        body: { success: true, data: jobs.map((job) => presentJob(job, origin)) },
      }),
    }),
    open('get', '/common/files/failed-rows/:job', {
      summary: 'Gives the rows of an import that failed, as CSV, with why and their numbers, by the URL of a job.',
      ...CSV,
      params: z.object({ job: uuid }),
      query: linkQuery,
      act: ({ params, query, signal }) => directoryJobs.openFailedRows({ jobId: params.job, ...query }, signal),
      present: ({ name, text: lines }) => ({
        body: Readable.from(lines),
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="${name}"`,
        },
      }),
    }),
    open('get', '/common/files/exports/:job/:name', {
      summary: 'Gives the file of a download URL.',
      ...CSV,
      params: z.object({ job: z.string(), name: z.string() }),
      query: linkQuery,
      act: ({ params, query, signal }) =>
        directoryJobs.openExport({ key: `exports/${params.job}/${params.name}`, ...query }, signal),
      present: ({ size, bytes }, { params }) => ({
        body: Readable.from(bytes),
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Length': String(size),
          'Content-Disposition': `attachment; filename="${exportFileName(params.job)}"`,
        },
      }),
    }),
  ];
}

function dataOf(given: unknown): Readonly<Record<string, unknown>> {
  const { data } = jobData.safeParse(given);
  if (data === undefined) throw namedMistake('ERR_MISSING_JOB_DATA', 'The job_data is missing, or no object.');
  return data;
}

function keyOf(given: unknown): string {
  const { data } = text(1_000).safeParse(given);
  if (data === undefined) throw namedMistake('ERR_MISSING_JOB_DATA', 'The job_data has no s3_key.');
  return data;
}

function serviceOf(given: unknown): Service {
  if (given === undefined || given === null || given === '') {
    throw namedMistake('ERR_MISSING_JOB_DATA', 'The job_data has no service; use "contact" or "company".');
  }
  return serviceNamed(given);
}

function retriesOf(given: unknown): number {
  if (given === undefined || given === null) return 0;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= MOST_RETRIES) return given;
  throw namedMistake('ERR_INVALID_RETRY_COUNT', `The retry_count must be a whole number from 0 to ${MOST_RETRIES}.`);
}

/** The kind of jobs of a type. */
function jobTypeNamed(type: unknown): 'import' | 'export' {
  if (type === undefined || type === null || type === '') {
    throw namedMistake('ERR_MISSING_JOB_TYPE', 'The job_type is missing.');
  }
  if (type === JOB_TYPES.export) return 'export';
  if (type === JOB_TYPES.import) return 'import';
  const types = Object.values(JOB_TYPES).join(', ');
  throw namedMistake('ERR_UNKNOWN_JOB_TYPE', `There is no job type ${JSON.stringify(type)}; use one of: ${types}.`);
}

function phasesNamed(given: string | readonly string[]) {
  const names = typeof given === 'string' ? [given] : given;
  return names.flatMap((name) => {
    if (isStatus(name)) return JOB_STATUSES[name];
    const all = Object.keys(JOB_STATUSES).join(', ');
    throw namedMistake('ERR_UNKNOWN_STATUS', `There is no job status ${JSON.stringify(name)}; use some of: ${all}.`);
  });
}

function isStatus(name: string): name is JobStatus {
  return Object.hasOwn(JOB_STATUSES, name);
}
