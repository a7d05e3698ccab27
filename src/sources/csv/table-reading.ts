import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CsvFormat, CsvLimits, ReadBytes } from './csv-format.ts';
import { takeOffGuards } from './guarded-cells.ts';
import type { CsvRange } from './plan-csv.ts';
import { readCsv } from './read-csv.ts';
import type { CsvBatch } from './read-csv.ts';

/** How a table file in storage is read. Plain data, so it may be kept with a job. */
export interface TableReading {
  readonly tableKey: string;
  readonly format: CsvFormat;
  /** The place of the column that says which cells of a row could not be read; null for a file without one. */
  readonly issuesColumn: number | null;
  readonly ranges: readonly CsvRange[];
  /** Whether its cells may be guarded against spreadsheets, as those of files that we make are. */
  readonly guarded?: boolean;
  /** Its rows are rows of an earlier file, mended; absent: they are its own. */
  readonly mended?: MendedRows<TableReading>;
}

/** What a file of mended rows is to the file they come from. */
export interface MendedRows<Table extends TableReading> {
  /** The number of the job that said which row of the earlier file each is. */
  readonly placedBy: number;
  /** The place of the column that names the row. */
  readonly numberColumn: number;
  /** Rows that come from nowhere are numbered from here on, by their places. */
  readonly base: number;
  /** Where the rows are read that it does not have. */
  readonly rest: Table;
}

/** How the bytes of a table file are got, by whoever has no use for a piece when it asks for the next. */
export function tableBytes(storage: ObjectStorage, { tableKey }: Pick<TableReading, 'tableKey'>): ReadBytes {
  return ({ start, end, signal }) =>
    storage.read(tableKey, { start, ...(end === undefined ? {} : { end }), signal, reuse: true });
}

/** Reads a range of a table file; see `readCsv`. */
export async function* readTable(
  storage: ObjectStorage,
  table: TableReading,
  range: Pick<CsvRange, 'start' | 'end' | 'line'>,
  position: number | null,
  signal: AbortSignal,
  limits: Partial<CsvLimits> = {},
): AsyncGenerator<CsvBatch, void, undefined> {
  const read = tableBytes(storage, table);
  for await (const batch of readCsv(read, table.format, range, position, signal, limits)) {
    if (table.guarded === true || table.mended) takeOffGuards(batch.rows);
    yield batch;
  }
}

/** Rows of a table file. */
export function rowsOf({ ranges }: Pick<TableReading, 'ranges'>): number {
  const last = ranges.at(-1);
  return last === undefined ? 0 : last.rowBase + last.rows;
}

/** A file and those that its rows come from, the newest first. */
export function filesOf<Table extends TableReading & { readonly mended?: MendedRows<Table> }>(table: Table): Table[] {
  const files = [table];
  for (let next = table.mended?.rest; next !== undefined; next = next.mended?.rest) files.push(next);
  return files;
}
