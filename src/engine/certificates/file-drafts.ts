import { AppError } from '../../domain/errors.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import { compileFields } from '../../rows/fields/compile-fields.ts';
import type { FieldsPlan } from '../../rows/fields/fields-plan.ts';
import { readChosenRows } from '../../sources/csv/chosen-rows.ts';
import type { TableReading } from '../../sources/csv/table-reading.ts';
import type { OtherRecord } from '../../store/queries/column-sums.ts';
import type { Examination } from './examination.ts';

/**
 * The rows of records as a job's file gives and its importer maps them: those rows alone, in one pass over the ranges
 * they lie in. Throws `not_found` when the file is not there any more.
 */
export async function* fileDrafts(
  { deps, job, target, signal }: Examination,
  suspects: readonly OtherRecord[],
): AsyncGenerator<readonly Draft[], void, undefined> {
  // As planning the file stored it.
  const table = job.sourceQueries[String(target.ordinal)] as
    | (TableReading & Pick<FieldsPlan, 'columns' | 'formats' | 'issuesColumn'>)
    | undefined;
  if (!table || !target.file) throw new AppError('not_found', 'How the file was read is not known.');
  const { columns, formats, issuesColumn } = table;
  const { fields, key } = target.file;
  const map = compileFields({ fields, spec: target.spec, columns, formats, key, issuesColumn });
  for await (const { batch, chosen } of readChosenRows(deps.files.storage, table, rowsOf(suspects), signal)) {
    const mapped = map(batch.rows, batch.issues);
    yield chosen.flatMap(({ at }) => mapped[at] ?? []).filter((draft) => !isRejected(draft));
  }
}

/** Their numbers, ascending, each once. */
async function* rowsOf(
  suspects: readonly OtherRecord[],
): AsyncGenerator<{ readonly rowNumber: number }, void, undefined> {
  const numbers = [...new Set(suspects.map(({ rowNumber }) => rowNumber))].toSorted((a, b) => a - b);
  for (const rowNumber of numbers) yield await Promise.resolve({ rowNumber });
}
