import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { ADDED_COLUMNS } from '../../domain/import-file.ts';
import { csvLine } from '../../rows/csv-line.ts';
import { withGuard } from '../../rows/formula-guard.ts';
import { readChosenRows } from '../../sources/csv/chosen-rows.ts';
import type { ChosenRows } from '../../sources/csv/chosen-rows.ts';
import { filesOf, rowsOf } from '../../sources/csv/table-reading.ts';
import type { TableReading } from '../../sources/csv/table-reading.ts';
import type { ImportJob } from '../../store/entities/import-job.ts';
import { stillFailedRows } from '../../store/queries/ledger/failed-rows.ts';
import type { FailedRow, FailedRows } from '../../store/queries/ledger/failed-rows.ts';
import { locateRows } from '../../store/queries/retries/mended-rows.ts';
import { rowPages } from '../../store/queries/ledger/row-pages.ts';
import type { EngineDeps } from '../deps.ts';
import { getImport } from './find-imports.ts';

const PAGE = 5_000;

/** A failed row by its place in a file, and its number. */
type PlacedFailure = FailedRow & { readonly number: number };

/**
 * The rows of an import that failed and have not been brought in since, as a CSV file to be mended and sent again: the
 * file's own columns as they were, why each row failed, and its number. Nothing in it runs in a spreadsheet. The file is
 * read again, a range at a time. Throws `not_found` when there are none.
 */
export async function failedRowsFile(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly text: AsyncIterable<string> }> {
  const { job } = await getImport(deps, actor, id);
  const failed = await stillFailedRows(deps.orm.em.fork(), job);
  if ((await failed.after(0, 1)).length === 0) throw notFound('Failed rows');
  return failedRowsOf(deps, job, signal);
}

/** The same of a job that somebody may see, whether or not rows of it failed. */
export async function failedRowsOf(
  deps: EngineDeps,
  job: ImportJob,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly text: AsyncIterable<string> }> {
  const table = job.sourceQueries['0'] as TableReading | undefined;
  if (table === undefined) throw notFound('Failed rows');
  const failed = await stillFailedRows(deps.orm.em.fork(), job);
  return { name: `failed-rows-${job.number}.csv`, text: linesOf(deps, failed, table, signal) };
}

async function* linesOf(
  deps: EngineDeps,
  failed: FailedRows,
  table: TableReading,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const columns = ownColumns(filesOf(table).at(-1) ?? table);
  yield csvLine([...columns, ADDED_COLUMNS.message, ADDED_COLUMNS.rowNumber]);
  const read = table.mended ? readScattered(deps, failed, table, signal) : readTogether(deps, failed, table, signal);
  for await (const { batch, chosen, file } of read) {
    const places = placesIn(columns, file);
    const lines = chosen.map(({ row, at }) => {
      const values = places.map((place) => withGuard((place < 0 ? null : batch.rows.value(at, place)) ?? ''));
      return csvLine([...values, withGuard(row.message), String(row.number)]);
    });
    yield lines.join('');
  }
}

interface FailuresRead extends ChosenRows<PlacedFailure> {
  readonly file: TableReading;
}

async function* readTogether(
  { files }: EngineDeps,
  failed: FailedRows,
  file: TableReading,
  signal: AbortSignal,
): AsyncGenerator<FailuresRead, void, undefined> {
  const rows = rowPages(0, async (after) =>
    (await failed.after(after, PAGE)).map((row) => ({ ...row, number: row.rowNumber })),
  );
  for await (const chosen of readChosenRows(files.storage, file, rows, signal)) yield { ...chosen, file };
}

/** The same of rows that lie in several files: of a page those of the newest file come first. */
async function* readScattered(
  { orm, files: { storage } }: EngineDeps,
  failed: FailedRows,
  table: TableReading,
  signal: AbortSignal,
): AsyncGenerator<FailuresRead, void, undefined> {
  const files = filesOf(table);
  const holding = files.map((file) => ({ mended: file.mended ?? null, rows: rowsOf(file) }));
  let after = 0;
  for (;;) {
    const page = await failed.after(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.rowNumber;
    const messages = new Map(page.map(({ rowNumber, message }) => [rowNumber, message]));
    const located = await locateRows(orm.em.fork(), holding, [...messages.keys()]);
    for (const [index, rows] of located.entries()) {
      const file = files[index];
      if (!file) continue;
      const wanted = rows.map((row) => ({ ...row, message: messages.get(row.number) ?? '' }));
      for await (const chosen of readChosenRows(storage, file, each(wanted), signal)) yield { ...chosen, file };
    }
  }
}

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row, void, undefined> {
  yield* rows;
}

function ownColumns({ format, issuesColumn }: TableReading): readonly string[] {
  return format.columns.slice(0, issuesColumn ?? format.columns.length);
}

/** Where a file has columns of another: where that has them, else by their names. */
function placesIn(columns: readonly string[], { format }: TableReading): number[] {
  return columns.map((name, place) => (format.columns[place] === name ? place : format.columns.indexOf(name)));
}
