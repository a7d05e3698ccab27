import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CsvBatch } from './read-csv.ts';
import { readTable } from './table-reading.ts';
import type { TableReading } from './table-reading.ts';

/** A batch of rows with those that are asked for, each with its place in the batch, from 0. */
export interface ChosenRows<Row> {
  readonly batch: CsvBatch;
  readonly chosen: readonly { readonly row: Row; readonly at: number }[];
}

/**
 * Reads rows of a table file by their numbers, in one pass that leaves out the ranges in which none are asked for.
 * @param wanted by ascending number, each once; what the table does not have is passed over
 */
export async function* readChosenRows<Row extends { readonly rowNumber: number }>(
  storage: ObjectStorage,
  table: TableReading,
  wanted: AsyncGenerator<Row, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<ChosenRows<Row>, void, undefined> {
  let next = await wanted.next();
  for (const range of table.ranges) {
    if (next.done === true) return;
    if (next.value.rowNumber > range.rowBase + range.rows) continue;
    let before = range.rowBase;
    for await (const batch of readTable(storage, table, range, null, signal)) {
      const last = before + batch.rows.length;
      const chosen: { row: Row; at: number }[] = [];
      for (; next.done !== true && next.value.rowNumber <= last; next = await wanted.next()) {
        chosen.push({ row: next.value, at: next.value.rowNumber - before - 1 });
      }
      if (chosen.length > 0) yield { batch, chosen };
      if (next.done === true) return;
      before = last;
    }
  }
}
