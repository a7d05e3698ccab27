import { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { queryInteger, text } from '../inputs.ts';
import { guarded } from '../route.ts';
import { choiceOf, fileChoice, modeField, uploadedFile } from '../upload-fields.ts';
import { cancelAnswer, failedRowsAnswer, runsAnswer, runWithRowsAnswer, summaryAnswer } from './answers.ts';
import { DEFAULT_PER_PAGE, paginated } from './paginator.ts';
import { presentRun } from './present-run.ts';
import { presentSummary } from './present-summary.ts';

const runNumber = z
  .string()
  .regex(/^[1-9]\d{0,14}$/u, 'The :attribute must be the number of a run.')
  .transform(Number);

const SHARED = { permission: 'system.import' } as const;
const ONE = {
  ...SHARED,
  params: z.object({ run: runNumber }),
  subject: 'Ingest run',
} as const;
const IMPORTER = {
  ...SHARED,
  params: z.object({ importer: text(200) }),
  subject: 'Importer',
} as const;

/** Rows shown with a run; the others are in the ledger. */
const SHOWN_ROWS = 100;

/** As Laravel's `boolean` rule takes it, and as forms send it. */
const flag = z
  .union([z.boolean(), z.enum(['0', '1', 'true', 'false', '']), z.literal(0), z.literal(1)])
  .nullish()
  .transform((given) => given === true || given === 1 || given === '1' || given === 'true');

const upload = z
  .object({ file: uploadedFile, dry_run: flag, retry_of: runNumber.optional(), mode_config: modeField, ...fileChoice })
  .transform(({ file, dry_run, retry_of, mode_config: mode, ...choice }) => ({
    file,
    dryRun: dry_run,
    mends: retry_of,
    mode,
    choice: choiceOf(choice),
  }));

const dryRun = z.object({ dry_run: flag });

/** Runs of importers: the endpoints of document 001. */
export function runRoutes({ imports, jobs }: Pick<Engine, 'imports' | 'jobs'>, prefix: string): readonly Route[] {
  return [
    guarded('get', '/', {
      ...SHARED,
      summary: 'Lists ingest runs, newest first.',
      query: z.object({ page: queryInteger(1, 1_000_000, 1), per_page: queryInteger(1, 1_000, DEFAULT_PER_PAGE) }),
      status: 200,
      answers: runsAnswer,
      act: ({ actor, query }) => imports.runs(actor, { page: query.page, perPage: query.per_page }),
      present: ({ rows, total }, { query, origin }) => ({
        body: paginated(
          rows.map((run) => presentRun(run)),
          { page: query.page, perPage: query.per_page, total, path: `${origin}${prefix}` },
        ),
      }),
    }),
    guarded('post', '/upload/:importer', {
      ...IMPORTER,
      summary:
        'Starts a run with an uploaded file: a form with `file` and, for a simulation, `dry_run`; a mended file of failed rows closes them, of the run `retry_of` where that is said.',
      upload: { fileFields: ['file'] },
      body: upload,
      status: 202,
      answers: runWithRowsAnswer,
      act: async ({ actor, params, body }) => {
        const kind = body.dryRun ? 'validate' : 'import';
        const { job } = await imports.create(actor, {
          importer: params.importer,
          file: body.file,
          choice: body.choice,
          mode: body.mode,
          kind,
          ...(body.mends === undefined ? {} : { mends: body.mends }),
        });
        return imports.run(actor, job.number);
      },
      present: (run) => ({ body: { data: presentRun(run, []) } }),
    }),
    guarded('post', '/trigger/:importer', {
      ...IMPORTER,
      summary: 'Starts a run with the file that the importer’s source has.',
      body: dryRun,
      status: 202,
      answers: runWithRowsAnswer,
      act: async ({ actor, params, body }) => {
        const kind = body.dry_run ? 'validate' : 'import';
        const { job } = await imports.create(actor, { importer: params.importer, file: null, kind });
        return imports.run(actor, job.number);
      },
      present: (run) => ({ body: { data: presentRun(run, []) } }),
    }),
    guarded('get', '/:run', {
      ...ONE,
      summary: 'Shows an ingest run and its first rows, those that failed before the others.',
      status: 200,
      answers: runWithRowsAnswer,
      act: async ({ actor, params }) => {
        const run = await imports.run(actor, params.run);
        return { run, rows: await imports.rowsOf(run.view, SHOWN_ROWS) };
      },
      present: ({ run, rows }) => ({ body: { data: presentRun(run, rows) } }),
    }),
    guarded('post', '/:run/cancel', {
      ...ONE,
      summary: 'Cancels an ingest run; what is committed stays.',
      status: 200,
      answers: cancelAnswer,
      act: async ({ actor, params }) => {
        const { view } = await imports.run(actor, params.run);
        await jobs.cancel(actor, view.job.id);
      },
      present: () => ({ body: { message: 'Cancellation request sent.' } }),
    }),
    guarded('post', '/:run/retry', {
      ...ONE,
      summary: 'Starts a run of the rows that failed, under their numbers.',
      body: dryRun,
      status: 202,
      answers: runWithRowsAnswer,
      act: async ({ actor, params, body }) => {
        const { view } = await imports.run(actor, params.run);
        if (view.counters.failed === 0) throw new AppError('bad_request', 'The original run has no failed rows.');
        const retried = await jobs.retry(actor, view.job.id, { dryRun: body.dry_run });
        return imports.run(actor, retried.job.number);
      },
      present: (run) => ({ body: { data: presentRun(run, []) } }),
    }),
    guarded('get', '/:run/failed-rows/download', {
      ...ONE,
      summary: 'Downloads the rows that failed as CSV, with why and their numbers, to be mended and sent again.',
      status: 200,
      answers: failedRowsAnswer,
      answersAs: 'text/csv',
      act: async ({ actor, params, signal }) => {
        const { view } = await imports.run(actor, params.run);
        return imports.failedRows(actor, view.job.id, signal);
      },
      present: ({ name, text }) => ({
        body: Readable.from(text),
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="${name}"`,
        },
      }),
    }),
    guarded('get', '/:run/errors/summary', {
      ...ONE,
      summary: 'Counts why rows of an ingest run failed.',
      status: 200,
      answers: summaryAnswer,
      act: async ({ actor, params }) => {
        const { view } = await imports.run(actor, params.run);
        return imports.errorSummary(actor, view.job.id);
      },
      present: (summary) => ({ body: { data: presentSummary(summary) } }),
    }),
  ];
}
