import { AppError } from '../../domain/errors.ts';
import type { FileOrigin } from '../../domain/import-file.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import { compileFields } from '../../rows/fields/compile-fields.ts';
import type { FieldsPlan } from '../../rows/fields/fields-plan.ts';
import { readChosenRows } from '../../sources/csv/chosen-rows.ts';
import { filesOf, rowsOf } from '../../sources/csv/table-reading.ts';
import type { MendedRows, TableReading } from '../../sources/csv/table-reading.ts';
import type { OtherRecord } from '../../store/queries/figures/column-sums.ts';
import { locateRows } from '../../store/queries/retries/mended-rows.ts';
import type { LocatedRow } from '../../store/queries/retries/mended-rows.ts';
import type { Examination } from './examination.ts';

/** As planning a file stored it. */
interface StoredPlan extends TableReading, Pick<FieldsPlan, 'columns' | 'formats' | 'issuesColumn'> {
  /** The schema's fields then, where they may be others than the job's own. */
  readonly names?: readonly string[];
  readonly mended?: MendedRows<StoredPlan>;
}

/**
 * The rows of records as a job's files give and its importer maps them: those rows alone, each from the newest file that
 * has it, in one pass over the ranges they lie in. Throws `not_found` when a file is not there any more.
 */
export async function* fileDrafts(
  { deps, job, target, signal }: Examination,
  suspects: readonly OtherRecord[],
): AsyncGenerator<readonly Draft[], void, undefined> {
  const plan = job.sourceQueries[String(target.ordinal)] as StoredPlan | undefined;
  if (!plan || !target.file) throw new AppError('not_found', 'How the file was read is not known.');
  const { fields, key } = target.file;
  const files = filesOf(plan);
  const located = await locateRows(
    deps.orm.em.fork(),
    files.map((file) => ({ mended: file.mended ?? null, rows: rowsOf(file) })),
    suspects.map(({ rowNumber }) => rowNumber),
  );
  for (const [index, file] of files.entries()) {
    const { columns, formats } = alignedTo(fields, file);
    const map = compileFields({
      fields,
      spec: target.spec,
      columns,
      formats,
      key,
      issuesColumn: file.issuesColumn,
    });
    for await (const { batch, chosen } of readChosenRows(deps.files.storage, file, each(located[index]), signal)) {
      const mapped = map(batch.rows, batch.issues);
      yield chosen.flatMap(({ at }) => mapped[at] ?? []).filter((draft) => !isRejected(draft));
    }
  }
}

/** Columns and formats of the job's fields, in a file that was planned when these may have been others. */
function alignedTo(
  fields: FileOrigin['fields'],
  { names, columns, formats }: StoredPlan,
): Pick<FieldsPlan, 'columns' | 'formats'> {
  if (!names) return { columns, formats };
  const places = fields.map(({ name }) => names.indexOf(name));
  return {
    columns: places.map((place) => columns[place] ?? null),
    formats: places.map((place) => formats[place] ?? null),
  };
}

async function* each(rows: readonly LocatedRow[] = []): AsyncGenerator<LocatedRow, void, undefined> {
  for (const row of rows) yield await Promise.resolve(row);
}
