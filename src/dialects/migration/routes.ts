import { Readable } from 'node:stream';
import { z } from 'zod';
import { csvValues } from '../../domain/csv-line.ts';
import { MIGRATION_BYTES, MIGRATION_STATUSES } from '../../domain/migration.ts';
import { UNDO_OUTCOMES } from '../../domain/rollback.ts';
import type { Engine } from '../../engine/index.ts';
import { count, instant, messageAnswer, messageOf, perhaps } from '../answer-shapes.ts';
import type { Route, Wire } from '../dialect.ts';
import { idParams } from '../inputs.ts';
import { guarded } from '../route.ts';
import { errorCsv } from './error-csv.ts';
import { importTypeOf, listQuery, templateParams, uploadBody } from './inputs.ts';
import { jobAnswer, listedAnswer, presentJob, presentListed, presentUpload, uploadAnswer } from './present-job.ts';

const SHARED = { limit: 'requests', subject: 'Migration job', status: 200 } as const;
const ONE = { ...SHARED, params: idParams } as const;
const OURS = { permission: 'system.import' } as const;

const VALIDATION_BEGUN = 'Validasi dimulai. Anda akan menerima notifikasi saat selesai.';
const IMPORT_BEGUN = 'Import dimulai. Progress akan diupdate secara real-time.';
const UNDONE = 'Rollback berhasil dilakukan';
const REMOVED = 'Job migrasi berhasil dihapus';

const begunAnswer = messageAnswer.extend({ job_id: z.uuid() });

const undoneAnswer = messageAnswer.extend({
  job: z.object({
    id: z.uuid(),
    job_id: z.uuid(),
    status: z.enum(MIGRATION_STATUSES),
    rollback_at: perhaps(instant),
    rollback_job_ids: z.array(z.uuid()).describe('The rollbacks of the import and of what tried its rows again.'),
    outcomes: z.record(z.enum(UNDO_OUTCOMES), count).describe('Rows by what the rollback made of them.'),
  }),
});

const CSV = { status: 200, answers: z.string(), answersAs: 'text/csv' } as const;

function csvFile(name: string, text: Wire['body']): Wire {
  return {
    body: text ?? '',
    headers: { 'Content-Type': 'text/csv', 'Content-Disposition': `attachment; filename="${name}"` },
  };
}

/** The endpoints of document 004. */
export function migrationRoutes({ migrations }: Pick<Engine, 'migrations'>): readonly Route[] {
  return [
    guarded('post', '/upload', {
      ...SHARED,
      ...OURS,
      summary: 'Takes a CSV file of pilgrims, payments or packages and shows how it is read.',
      answers: uploadAnswer,
      upload: { fileFields: ['file'], maxBytes: MIGRATION_BYTES },
      body: uploadBody,
      act: ({ actor, body, signal }) => {
        const { file, import_type: type, column_mapping: columnMapping } = body;
        return migrations.upload(actor, { type, file, columnMapping }, signal);
      },
      present: (uploaded) => ({ body: presentUpload(uploaded) }),
    }),
    guarded('get', '/', {
      ...SHARED,
      summary: 'Lists migration jobs.',
      answers: z.object({ data: z.array(listedAnswer), total: count, page: z.int(), limit: z.int() }),
      query: listQuery,
      act: ({ actor, query }) =>
        migrations.list(actor, {
          type: query.import_type,
          status: query.status,
          order: query.sort_by,
          descending: query.sort_order,
          page: query.page,
          perPage: query.limit,
        }),
      present: ({ rows, total }, { query: { page, limit } }) => ({
        body: { data: rows.map(presentListed), total, page, limit },
      }),
    }),
    guarded('get', '/templates/:type', {
      ...SHARED,
      summary: 'Downloads an empty CSV file with the columns of a type.',
      ...CSV,
      params: templateParams,
      act: ({ params }) => {
        const type = importTypeOf(params.type);
        return Promise.resolve({ type, columns: migrations.columnsOf(type) });
      },
      present: ({ type, columns }) => csvFile(`template-${type}.csv`, `${csvValues(columns)}\n`),
    }),
    guarded('post', '/:id/validate', {
      ...ONE,
      ...OURS,
      summary: 'Starts to check all rows of a file; `migration:validated` tells what was found.',
      answers: begunAnswer,
      act: ({ actor, params }) => migrations.validate(actor, params.id),
      present: (_, { params }) => ({
        body: { message: VALIDATION_BEGUN, job_id: params.id },
      }),
    }),
    guarded('post', '/:id/start', {
      ...ONE,
      ...OURS,
      summary: 'Starts to bring in the rows of a file, which are checked before where they were not.',
      answers: begunAnswer,
      act: ({ actor, params }) => migrations.start(actor, params.id),
      present: (_, { params }) => ({
        body: { message: IMPORT_BEGUN, job_id: params.id },
      }),
    }),
    guarded('get', '/:id/status', {
      ...ONE,
      summary: 'Shows a migration job.',
      answers: jobAnswer,
      act: ({ actor, params }) => migrations.get(actor, params.id),
      present: (job) => ({ body: presentJob(job) }),
    }),
    guarded('get', '/:id/errors', {
      ...ONE,
      ...OURS,
      summary: 'Downloads what is wrong with rows as CSV.',
      ...CSV,
      act: ({ actor, params }) => migrations.errors(actor, params.id),
      present: (errors, { params }) => csvFile(`errors-${params.id}.csv`, Readable.from(errorCsv(errors))),
    }),
    guarded('post', '/:id/rollback', {
      ...ONE,
      ...OURS,
      summary: 'Undoes an import that ended within the last 24 hours.',
      answers: undoneAnswer,
      act: ({ actor, params, signal }) => migrations.rollback(actor, params.id, signal),
      present: ({ state, jobIds, outcomes }) => ({
        body: {
          message: UNDONE,
          job: {
            id: state.id,
            job_id: state.id,
            status: state.status,
            rollback_at: state.rollback?.completedAt ?? null,
            rollback_job_ids: jobIds,
            outcomes,
          },
        },
      }),
    }),
    guarded('delete', '/:id', {
      ...ONE,
      ...OURS,
      summary: 'Deletes a migration job that has ended; what it brought in stays.',
      answers: messageOf(REMOVED),
      act: ({ actor, params }) => migrations.remove(actor, params.id),
      present: () => ({ body: { message: REMOVED } }),
    }),
  ];
}
