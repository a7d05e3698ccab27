import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CsvFormat, ReadBytes } from './csv-format.ts';
import type { CsvRange } from './plan-csv.ts';

/** How a table file in storage is read. Plain data, so it may be kept with a job. */
export interface TableReading {
  readonly tableKey: string;
  readonly format: CsvFormat;
  /** The place of the column that says which cells of a row could not be read; null for a file without one. */
  readonly issuesColumn: number | null;
  readonly ranges: readonly CsvRange[];
}

/** How the bytes of a table file are got. */
export function tableBytes(storage: ObjectStorage, { tableKey }: Pick<TableReading, 'tableKey'>): ReadBytes {
  return ({ start, end, signal }) => storage.read(tableKey, { start, ...(end === undefined ? {} : { end }), signal });
}
