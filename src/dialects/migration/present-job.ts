import type { ErrorCounts } from '../../domain/migration.ts';
import type { MigrationView } from '../../engine/migration/find-migrations.ts';
import type { UploadedMigration } from '../../engine/migration/upload-migration.ts';
import { percentOf, PREFIX, STATUS_DISPLAY } from './words.ts';

type MigrationState = Omit<MigrationView, 'errors'>;

/** What an upload is answered with. */
export function presentUpload({ id, type, fileName, ...reading }: UploadedMigration): object {
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
export function presentJob(job: MigrationView): object {
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
    started_at: job.startedAt,
    completed_at: job.completedAt,
    metadata: {
      fileName: job.fileName,
      fileSize: job.fileSize,
      encoding: job.encoding,
      delimiter: job.delimiter,
      ...(job.columnMapping && { columnMapping: job.columnMapping }),
      importType: job.type,
      ...(job.issuesOf !== null && { errorSummary: presentCounts(job.errors) }),
    },
    created_at: job.createdAt,
    updated_at: job.updatedAt,
  };
}

/** The same as lists show it. */
export function presentListed({ id, type, fileName, status, totalRows, rows, createdAt }: MigrationState): object {
  return {
    id,
    job_id: id,
    import_type: type,
    file_name: fileName,
    status,
    total_rows: totalRows,
    valid_rows: rows.valid,
    invalid_rows: rows.invalid,
    created_at: createdAt,
  };
}

function presentCounts(counts: ErrorCounts): object {
  return {
    missingRequired: counts.missing_required,
    invalidFormat: counts.invalid_format,
    duplicate: counts.duplicate,
    constraintViolation: counts.constraint_violation,
  };
}
