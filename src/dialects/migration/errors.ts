import { STATUS_CODES } from 'node:http';
import type { AppError } from '../../domain/errors.ts';
import { mistakesOf } from '../../domain/errors.ts';
import type { MigrationRefusal } from '../../domain/migration.ts';
import type { Wire } from '../dialect.ts';
import { HTTP_STATUS } from '../http-status.ts';
import { TWO_FILES } from '../upload-fields.ts';

/** The document answers 400 to whatever is wrong with a file, an input, or the state of a job. */
const STATUS = {
  ...HTTP_STATUS,
  validation: 400,
  too_large: 400,
  source_rejected: 400,
  wrong_state: 400,
  conflict: 400,
};

const NO_FILE = 'File CSV wajib diunggah';
const UNREADABLE = 'File CSV kosong atau tidak valid';

type Details = AppError['details'];

const REFUSALS: Readonly<Record<MigrationRefusal, (details: Details) => string>> = {
  unreadable: () => UNREADABLE,
  missing_columns: ({ missing }) => `Kolom yang diperlukan tidak ditemukan: ${listed(missing)}`,
  mapping: ({ columns }) => `Pemetaan kolom tidak valid: ${listed(columns)}`,
  validate: ({ status }) => `Tidak dapat melakukan validasi untuk status: ${String(status)}`,
  start: ({ status }) => `Tidak dapat memulai import untuk status: ${String(status)}`,
  too_many: ({ most }) => `Terlalu banyak import bersamaan (maksimal ${String(most)} per tenant)`,
  rollback: ({ status }) => `Tidak dapat melakukan rollback untuk status: ${String(status)}`,
  too_late: ({ status }) =>
    `Tidak dapat melakukan rollback untuk status: ${String(status)} (lebih dari 24 jam sejak import selesai)`,
  not_undone: ({ status }) => `Rollback tidak berhasil: ${String(status)}`,
  not_ended: () => 'Hanya job yang sudah selesai yang dapat dihapus',
};

/** An error as the document prints it: `{statusCode,message,error}`, in its language. */
export function presentError(error: AppError): Wire {
  const status = STATUS[error.code];
  return { status, body: { statusCode: status, message: messageOf(error), error: STATUS_CODES[status] ?? 'Error' } };
}

function messageOf(error: AppError): string {
  const refusal = REFUSALS[error.details['refusal'] as MigrationRefusal] as ((details: Details) => string) | undefined;
  if (refusal !== undefined) return refusal(error.details);
  switch (error.code) {
    case 'unauthenticated':
      return 'Unauthorized';
    case 'forbidden':
      return 'Forbidden';
    case 'rate_limited':
      return 'Too Many Requests';
    case 'internal':
      return 'Internal Server Error';
    case 'unavailable':
      return 'Service Unavailable';
    case 'too_large':
      return 'Ukuran file terlalu besar (maksimal 10MB)';
    case 'not_found':
      return error.message.startsWith('Resource') ? 'Not Found' : 'Job migrasi tidak ditemukan';
    case 'method_not_allowed':
      return 'Metode tidak diizinkan';
    case 'bad_request':
      return error.details['body'] === 'unreadable' ? UNREADABLE : 'Permintaan tidak valid';
    case 'source_rejected':
      return UNREADABLE;
    case 'wrong_state':
    case 'conflict':
      return 'Permintaan bertentangan dengan status job atau permintaan lain';
    case 'validation':
      return mistakes(error);
    default:
      return error.message;
  }
}

/** What is said of files in every language alike. Without one, or with two, nothing else matters. */
const OF_FILES = new Map([
  ['The file field is required.', NO_FILE],
  [TWO_FILES, 'Hanya satu file CSV yang dapat diunggah'],
]);

function mistakes(error: AppError): string {
  const told = mistakesOf(error);
  const ofFile = told['file']?.flatMap((sentence) => OF_FILES.get(sentence) ?? []) ?? [];
  const sentences = Object.values(told).flat();
  return ofFile[0] ?? (sentences.length === 0 ? 'Permintaan tidak valid' : sentences.join('; '));
}

function listed(names: unknown): string {
  return Array.isArray(names) ? names.join(', ') : '';
}
