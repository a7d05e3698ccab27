import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { csvLine } from '../../rows/csv-line.ts';
import { withGuard } from '../../rows/formula-guard.ts';
import { readChosenRows } from '../../sources/csv/chosen-rows.ts';
import type { TableReading } from '../../sources/csv/table-reading.ts';
import type { ImportJob } from '../../store/entities/import-job.ts';
import { failedRowsAfter } from '../../store/queries/failed-rows.ts';
import { rowPages } from '../../store/queries/row-pages.ts';
import type { EngineDeps } from '../deps.ts';
import { getImport } from './find-imports.ts';

/** Columns that are added behind the file's own. */
const ADDED_COLUMNS = ['_error_message', '_row_number'] as const;

const PAGE = 5_000;

/**
 * The rows of an import that failed, as a CSV file to be mended and sent again: the file's own columns as they were, why
 * each row failed, and its number. Nothing in it runs in a spreadsheet. The file is read again, a range at a time.
 * Throws `not_found` when no row failed.
 */
export async function failedRowsFile(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly text: AsyncIterable<string> }> {
  const { job, counters } = await getImport(deps, actor, id);
  if (counters.failed === 0) throw notFound('Failed rows');
  return failedRowsOf(deps, job, signal);
}

/** The same of a job that somebody may see, whether or not rows of it failed. */
export function failedRowsOf(
  deps: EngineDeps,
  job: ImportJob,
  signal: AbortSignal,
): { readonly name: string; readonly text: AsyncIterable<string> } {
  const table = job.sourceQueries['0'] as TableReading | undefined;
  if (table === undefined) throw notFound('Failed rows');
  return { name: `failed-rows-${job.number}.csv`, text: linesOf(deps, job, table, signal) };
}

async function* linesOf(
  { orm, files }: EngineDeps,
  { number, targets }: ImportJob,
  table: TableReading,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const width = table.issuesColumn ?? table.format.columns.length;
  yield csvLine([...table.format.columns.slice(0, width), ...ADDED_COLUMNS]);
  const failed = rowPages(0, (after) => failedRowsAfter(orm.em.fork(), number, targets.length, after, PAGE));
  for await (const { batch, chosen } of readChosenRows(files.storage, table, failed, signal)) {
    const lines = chosen.map(({ row, at }) => {
      const values = batch.rows.row(at, width).map((value) => withGuard(value ?? ''));
      return csvLine([...values, withGuard(row.message), String(row.rowNumber)]);
    });
    yield lines.join('');
  }
}
