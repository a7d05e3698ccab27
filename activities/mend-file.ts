import { AppError } from '../src/domain/errors.ts';
import { ADDED_COLUMNS } from '../src/domain/import-file.ts';
import type { FileOrigin } from '../src/domain/import-file.ts';
import type { ImporterField } from '../src/domain/importer.ts';
import { readTable, rowsOf } from '../src/sources/csv/table-reading.ts';
import type { TableReading } from '../src/sources/csv/table-reading.ts';
import { ImportJob } from '../src/store/entities/import-job.ts';
import { PlacedRows, stillTried } from '../src/store/queries/retries/mended-rows.ts';
import type { MendedRun, MendedSearch } from '../src/store/queries/retries/mended-rows.ts';
import { retryFamily } from '../src/store/queries/retries/retry-family.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { alignedTo, fileOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';
import { rowNumberOf } from './mended-numbers.ts';

/** A file of rows that failed in an earlier import, and what that was. */
export interface MendedFile {
  readonly run: MendedRun;
  readonly rootNumber: number;
  /** How whoever sent the earlier file said its columns were to be read. */
  readonly mapping: FileOrigin['mapping'];
  readonly mended: NonNullable<FilePlan['mended']>;
}

/** What a download of failed rows is called, also when a browser has downloaded it before. */
const DOWNLOADED = /^failed-rows-([1-9]\d{0,14})(?!\d)/u;

/** The places of the columns that are added to failed rows, where they are none of the importer's own. */
export function addedColumns(
  header: readonly string[],
  fields: readonly ImporterField[],
): { readonly rowNumber: number; readonly message: number } {
  const names = new Set(fields.flatMap(({ name, label, aliases }) => [name, label, ...aliases]));
  const find = (name: string): number => (names.has(name) ? -1 : header.findLastIndex((one) => one.trim() === name));
  return { rowNumber: find(ADDED_COLUMNS.rowNumber), message: find(ADDED_COLUMNS.message) };
}

/** Whether a file with this header may bring rows that failed in an earlier import. */
export function mayMend({ mends, fields }: FileOrigin, header: readonly string[]): boolean {
  return mends !== undefined && addedColumns(header, fields).rowNumber >= 0;
}

/**
 * Finds out whether a file brings rows again that failed in an earlier import, and of which: the one that its sender
 * names, the one that the file is called after, or the newest in which all of its rows failed, see `newestRun`. Null for
 * any other file.
 */
export async function findMended(
  deps: ActivityDeps,
  part: JobPart,
  table: Omit<TableReading, 'mended'>,
  signal: AbortSignal,
): Promise<MendedFile | null> {
  const { job } = part;
  const { fields, mends } = fileOf(part);
  if (!mends) return null;
  const columns = addedColumns(table.format.columns, fields);
  if (columns.rowNumber < 0) {
    if (mends.run === null) return null;
    throw refusal(
      `The file has no column ${ADDED_COLUMNS.rowNumber} that says which rows of the run ${mends.run} it has.`,
    );
  }
  const called = DOWNLOADED.exec(part.target.query.baseTable)?.[1];
  if (mends.run === null && called === undefined && columns.message < 0) return null;

  using placed = await PlacedRows.open(await deps.orm.em.getConnection().getNativeClient());
  for (const range of table.ranges) {
    let place = range.rowBase;
    for await (const { rows } of readTable(deps.files.storage, table, range, null, signal)) {
      const said = Array.from({ length: rows.length }, (_, at) => ({
        rowNumber: rowNumberOf(rows.value(at, columns.rowNumber) ?? ''),
        message: columns.message < 0 ? null : rows.value(at, columns.message),
      }));
      await placed.add(
        said.flatMap(({ rowNumber, message }, at) =>
          rowNumber === null ? [] : [{ place: place + at + 1, rowNumber, message }],
        ),
      );
      place += rows.length;
    }
  }
  const search: MendedSearch = { jobId: job.id, createdById: mends.ownOnly ? (job.createdById ?? null) : null };
  const run =
    mends.run !== null
      ? await placed.run(search, mends.run)
      : ((called === undefined ? null : await placed.run(search, Number(called))) ?? (await placed.newestRun(search)));
  if (run === null) {
    if (mends.run === null) return null;
    throw refusal(`The run ${mends.run} is none of this importer.`);
  }
  if (!run.ended) throw refusal(`The run ${run.number}, whose failed rows these are, has not ended yet.`);

  const em = deps.orm.em.fork();
  const family = await retryFamily(em, run.number);
  if (family.unfinished !== null && family.unfinished !== job.id) throw stillTried(run.number, family.unfinished);
  const earlier = await em.find(
    ImportJob,
    { number: { $in: family.numbers.filter((number) => number !== job.number) } },
    { orderBy: { number: 'desc' } },
  );
  const planned = earlier.find((one) => one.sourceQueries['0'] !== undefined);
  const origin = planned?.targets[0]?.file;
  if (!planned || !origin) return null;
  const names = fields.map(({ name }) => name);
  const rest = alignedTo(names, planned.sourceQueries['0'] as FilePlan, origin);
  const base = rowsOf(rest) + (rest.mended?.base ?? 0);
  await placed.keep(job.number, family.numbers, base);
  return {
    run,
    rootNumber: family.rootNumber,
    mapping: origin.mapping,
    mended: { placedBy: job.number, numberColumn: columns.rowNumber, base, rest },
  };
}

function refusal(message: string): AppError {
  return new AppError('source_rejected', message);
}
