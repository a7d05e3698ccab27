import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { withGuard } from '../../rows/formula-guard.ts';
import { readChosenRows } from '../../sources/csv/chosen-rows.ts';
import type { TableReading } from '../../sources/csv/table-reading.ts';
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
  const table = job.sourceQueries['0'] as TableReading | undefined;
  if (counters.failed === 0 || table === undefined) throw notFound('Failed rows');
  return { name: `failed-rows-${job.number}.csv`, text: linesOf(deps, job.number, table, signal) };
}

async function* linesOf(
  { orm, files }: EngineDeps,
  jobNumber: number,
  table: TableReading,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const width = table.issuesColumn ?? table.format.columns.length;
  yield line([...table.format.columns.slice(0, width), ...ADDED_COLUMNS]);
  const failed = rowPages(0, (after) => failedRowsAfter(orm.em.fork(), jobNumber, after, PAGE));
  for await (const { batch, chosen } of readChosenRows(files.storage, table, failed, signal)) {
    const lines = chosen.map(({ row, at }) => {
      const values = batch.rows.row(at, width).map((value) => withGuard(value ?? ''));
      return line([...values, withGuard(row.message), String(row.rowNumber)]);
    });
    yield lines.join('');
  }
}

/** A line of a CSV file (RFC 4180). */
function line(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\r\n`;
}
