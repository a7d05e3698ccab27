import { z } from 'zod';
import { MIGRATION_STATUSES, MIGRATION_TYPES } from '../../domain/migration.ts';
import type { ErrorCounts } from '../../domain/migration.ts';
import type { MigrationView } from '../../engine/migration/find-migrations.ts';
import type { UploadedMigration } from '../../engine/migration/upload-migration.ts';
import { count, instant, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { percentOf, PREFIX, STATUS_DISPLAY } from './words.ts';

type MigrationState = Omit<MigrationView, 'errors'>;

export const uploadAnswer = z
  .object({
    job_id: z.uuid(),
    import_type: z.enum(MIGRATION_TYPES),
    file_name: z.string(),
    total_rows: count,
    columns: z.array(z.string()),
    preview_rows: z.array(z.record(z.string(), z.string())).describe('The first rows, by the columns of the file.'),
    encoding: z.string(),
    delimiter: z.string(),
  })
  .meta({
    examples: [
      {
        job_id: '0198c0de-0000-7000-8000-000000000001',
        import_type: 'jamaah',
        file_name: 'jamaah-import.csv',
        total_rows: 150,
        columns: ['nama', 'email', 'telepon'],
        preview_rows: [{ nama: 'Ahmad Rizki', email: 'ahmad@email.com', telepon: '081234567890' }],
        encoding: 'utf-8',
        delimiter: ',',
      },
    ],
  });

const listed = {
  id: z.uuid(),
  job_id: z.uuid(),
  import_type: z.enum(MIGRATION_TYPES),
  file_name: z.string(),
  status: z.enum(MIGRATION_STATUSES),
  total_rows: count,
  valid_rows: count,
  invalid_rows: count,
  created_at: instant,
};

export const listedAnswer = z.object(listed);

const countsAnswer = z.object({
  missingRequired: count,
  invalidFormat: count,
  duplicate: count,
  constraintViolation: count,
});

export const jobAnswer = z
  .object({
    ...listed,
    tenant_id: z.uuid(),
    user_id: z.uuid(),
    file_size: count.describe('Bytes.'),
    status_display: z.string(),
    processed_rows: count,
    progress_percentage: z.int().min(0).max(100),
    error_report_url: perhaps(z.string()).describe('The path of the error report, once there are wrong rows in it.'),
    error_message: perhaps(z.string()),
    started_at: perhaps(instant),
    completed_at: perhaps(instant),
    metadata: z.object({
      fileName: z.string(),
      fileSize: count,
      encoding: z.string(),
      delimiter: z.string(),
      columnMapping: z.record(z.string(), z.string()).optional(),
      importType: z.enum(MIGRATION_TYPES),
      errorSummary: countsAnswer.optional(),
    }),
    updated_at: instant,
  })
  .meta({
    examples: [
      {
        id: '0198c0de-0000-7000-8000-000000000001',
        job_id: '0198c0de-0000-7000-8000-000000000001',
        tenant_id: '0198c0de-0000-7000-8000-000000000002',
        user_id: '0198c0de-0000-7000-8000-000000000003',
        import_type: 'jamaah',
        file_name: 'jamaah-import.csv',
        file_size: 102400,
        status: 'importing',
        status_display: 'Mengimpor',
        total_rows: 150,
        processed_rows: 100,
        valid_rows: 98,
        invalid_rows: 2,
        progress_percentage: 67,
        error_report_url: null,
        error_message: null,
        started_at: '2025-01-15T10:30:00Z',
        completed_at: null,
        metadata: {
          fileName: 'jamaah-import.csv',
          fileSize: 102400,
          encoding: 'utf-8',
          delimiter: ',',
          importType: 'jamaah',
        },
        created_at: '2025-01-15T10:25:00Z',
        updated_at: '2025-01-15T10:35:00Z',
      },
    ],
  });

/** What an upload is answered with. */
export function presentUpload({ id, type, fileName, ...reading }: UploadedMigration): Presented<typeof uploadAnswer> {
  const { columns, totalRows, preview, encoding, delimiter } = reading;
  return {
    job_id: id,
    import_type: type,
    file_name: fileName,
    total_rows: totalRows,
    columns,
    preview_rows: preview.map((values) => Object.fromEntries(columns.map((name, at) => [name, values[at] ?? '']))),
    encoding,
    delimiter,
  };
}

/** A migration job as its status is shown. */
export function presentJob(job: MigrationView): Presented<typeof jobAnswer> {
  const { id, status, rows, totalRows } = job;
  const hasReport = rows.invalid > 0 && status !== 'validating' && status !== 'importing';
  return {
    id,
    job_id: id,
    tenant_id: job.tenantId,
    user_id: job.userId,
    import_type: job.type,
    file_name: job.fileName,
    file_size: job.fileSize,
    status,
    status_display: STATUS_DISPLAY[status],
    total_rows: totalRows,
    processed_rows: rows.processed,
    valid_rows: rows.valid,
    invalid_rows: rows.invalid,
    progress_percentage: percentOf(rows.processed, totalRows),
    error_report_url: hasReport ? `${PREFIX}/${id}/errors` : null,
    error_message: job.errorMessage,
    started_at: job.startedAt?.toISOString() ?? null,
    completed_at: job.completedAt?.toISOString() ?? null,
    metadata: {
      fileName: job.fileName,
      fileSize: job.fileSize,
      encoding: job.encoding,
      delimiter: job.delimiter,
      ...(job.columnMapping && { columnMapping: job.columnMapping }),
      importType: job.type,
      ...(job.issuesOf !== null && { errorSummary: presentCounts(job.errors) }),
    },
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
  };
}

/** The same as lists show it. */
export function presentListed(job: MigrationState): Presented<typeof listedAnswer> {
  const { id, type, fileName, status, totalRows, rows, createdAt } = job;
  return {
    id,
    job_id: id,
    import_type: type,
    file_name: fileName,
    status,
    total_rows: totalRows,
    valid_rows: rows.valid,
    invalid_rows: rows.invalid,
    created_at: createdAt.toISOString(),
  };
}

function presentCounts(counts: ErrorCounts): Presented<typeof countsAnswer> {
  return {
    missingRequired: counts.missing_required,
    invalidFormat: counts.invalid_format,
    duplicate: counts.duplicate,
    constraintViolation: counts.constraint_violation,
  };
}
