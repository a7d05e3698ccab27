import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { withGuard } from '../../rows/formula-guard.ts';
import { readCsv } from '../../sources/csv/read-csv.ts';
import { tableBytes } from '../../sources/csv/table-reading.ts';
import type { TableReading } from '../../sources/csv/table-reading.ts';
import { failedRowsAfter } from '../../store/queries/failed-rows.ts';
import type { FailedRow } from '../../store/queries/failed-rows.ts';
import type { EngineDeps } from '../deps.ts';
import { getImport } from './find-imports.ts';

/** Columns that are added behind the file's own. */
export const ADDED_COLUMNS = ['_error_message', '_row_number'] as const;

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
  const failed = new FailedRows(orm, jobNumber);
  for (const range of table.ranges) {
    const next = await failed.next();
    if (next === null) return;
    if (next.rowNumber > range.rowBase + range.rows) continue;
    let before = range.rowBase;
    for await (const { rows } of readCsv(tableBytes(files.storage, table), table.format, range, null, signal)) {
      const last = before + rows.length;
      let text = '';
      for (let row = await failed.next(); row !== null && row.rowNumber <= last; row = await failed.next()) {
        const values = rows.row(row.rowNumber - before - 1, width).map((value) => withGuard(value ?? ''));
        text += line([...values, withGuard(row.message), String(row.rowNumber)]);
        failed.taken();
      }
      if (text !== '') yield text;
      before = last;
      if ((await failed.next()) === null) return;
    }
  }
}

/** A line of a CSV file (RFC 4180). */
function line(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\r\n`;
}

/** The rows that failed, in order, a page at a time. */
class FailedRows {
  readonly #orm: EngineDeps['orm'];
  readonly #jobNumber: number;
  #page: readonly FailedRow[] = [];
  #at = 0;
  #after = 0;
  #ended = false;

  constructor(orm: EngineDeps['orm'], jobNumber: number) {
    this.#orm = orm;
    this.#jobNumber = jobNumber;
  }

  /** The next one, which stays the next until it is taken; null when there is none. */
  async next(): Promise<FailedRow | null> {
    if (this.#at >= this.#page.length && !this.#ended) {
      this.#page = await failedRowsAfter(this.#orm.em.fork(), this.#jobNumber, this.#after, PAGE);
      this.#at = 0;
      this.#after = this.#page.at(-1)?.rowNumber ?? this.#after;
      this.#ended = this.#page.length === 0;
    }
    return this.#page[this.#at] ?? null;
  }

  taken(): void {
    this.#at++;
  }
}
