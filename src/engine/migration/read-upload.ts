import { AppError } from '../../domain/errors.ts';
import type { ColumnMapping, ImporterField } from '../../domain/importer.ts';
import { NO_CHOICE } from '../../domain/import-file.ts';
import { PREVIEW_ROWS } from '../../domain/migration.ts';
import type { FilePlaces } from '../../platform/storage/file-places.ts';
import { matchHeader } from '../../rows/fields/match-header.ts';
import type { CsvFormat } from '../../sources/csv/csv-format.ts';
import { planCsv } from '../../sources/csv/plan-csv.ts';
import type { CsvRange } from '../../sources/csv/plan-csv.ts';
import { readCsv } from '../../sources/csv/read-csv.ts';
import { tableBytes } from '../../sources/csv/table-reading.ts';
import { identifyFile, IDENTIFY_BYTES } from '../../sources/spool/identify.ts';
import { prepareTable } from '../../sources/spool/prepare-table.ts';
import type { UploadedFile } from '../imports/import-input.ts';
import { refuse } from './refusal.ts';

/** What a file is found to hold when it is uploaded. */
export interface UploadReading {
  readonly columns: readonly string[];
  readonly totalRows: number;
  /** The first rows, each its values in the order of the columns. */
  readonly preview: readonly (readonly string[])[];
  readonly encoding: string;
  readonly delimiter: string;
  /** For each column the field it fills, or null: nothing is left to be guessed later. */
  readonly mapping: readonly ColumnMapping[];
}

/** The header is the first line that is not blank: that is what the document calls a CSV file. */
const CHOICE = { ...NO_CHOICE, headerRow: 1 };

/**
 * Reads an uploaded CSV file once through: what it is, how many rows it has and what its columns mean. Throws a refusal
 * for a file that is none or has no rows, for columns that rows must have and that are not there, and for a mapping of
 * what is not there; nothing it has put into storage stays then.
 */
export async function readUpload(
  { storage, scratchFolder }: Pick<FilePlaces, 'storage' | 'scratchFolder'>,
  { key, charset }: UploadedFile,
  fields: readonly ImporterField[],
  given: readonly ColumnMapping[],
  signal: AbortSignal,
): Promise<UploadReading> {
  const start: Uint8Array[] = [];
  for await (const bytes of storage.read(key, { start: 0, end: IDENTIFY_BYTES, signal })) start.push(bytes);
  if (identifyFile(Buffer.concat(start)) !== 'text') throw unreadable();
  const table = await prepareTable({ key, charset }, CHOICE, { storage, scratchFolder, signal }).catch(notRead);
  try {
    const read = tableBytes(storage, { tableKey: table.key });
    const { rows, columns, ranges } = await planCsv(read, table.format, {}, signal).catch(notRead);
    if (rows === 0) throw unreadable();
    // Of a file that was converted, what it was converted from.
    const { encoding } = table.report;
    const format: CsvFormat = { ...table.format, columns };
    return {
      columns,
      totalRows: rows,
      preview: await firstRows(read, format, ranges, signal),
      encoding: typeof encoding === 'string' ? encoding : format.encoding,
      delimiter: format.delimiter,
      mapping: wholeMapping(columns, fields, given),
    };
  } catch (error) {
    if (table.key !== key) await storage.remove(table.key);
    throw error;
  }
}

async function firstRows(
  read: ReturnType<typeof tableBytes>,
  format: CsvFormat,
  ranges: readonly CsvRange[],
  signal: AbortSignal,
): Promise<string[][]> {
  const [range] = ranges;
  if (range === undefined) return [];
  const width = format.columns.length;
  for await (const { rows } of readCsv(read, format, range, null, signal)) {
    const shown = Math.min(PREVIEW_ROWS, rows.length);
    return Array.from({ length: shown }, (_, at) => rows.row(at, width).map((value) => value ?? ''));
  }
  return [];
}

/** Which column fills which field: as was said, or by names that are the field's. A likeness is not enough. */
function wholeMapping(
  header: readonly string[],
  fields: readonly ImporterField[],
  given: readonly ColumnMapping[],
): ColumnMapping[] {
  const { matched, mistakes } = matchHeader(header, fields, given);
  if (mistakes.length > 0) {
    const columns = [...new Set(mistakes.map(({ column }) => column))];
    throw refuse('mapping', mistakes.map(({ message }) => message).join(' '), { columns });
  }
  const byColumn = new Map(matched.flatMap(({ by, column, field }) => (by === 'likeness' ? [] : [[column, field]])));
  const filled = new Set(byColumn.values());
  const missing = fields.filter(({ name, required }) => required && !filled.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    throw refuse('missing_columns', `The file has no column for ${missing.join(', ')}.`, { missing });
  }
  const names = new Set<string>();
  return header.flatMap((name, column) => {
    if (name.trim() === '' || names.has(name.trim())) return [];
    names.add(name.trim());
    return [{ column: name, field: byColumn.get(column) ?? null }];
  });
}

function unreadable(): AppError {
  return refuse('unreadable', 'The file is empty, or no CSV file.');
}

function notRead(error: unknown): never {
  if (error instanceof AppError && error.code === 'source_rejected') throw unreadable();
  throw error;
}
