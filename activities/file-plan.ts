import { isDirectory } from '../src/rows/directory-draft.ts';
import type { DirectoryHeader } from '../src/rows/directory-header.ts';
import { compileDirectoryRows } from '../src/rows/directory-rows.ts';
import type { MendedRows, TableReading } from '../src/sources/csv/table-reading.ts';
import type { MapFields } from '../src/rows/fields/compile-fields.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import type { ColumnFormats } from '../src/rows/fields/format-evidence.ts';
import { AppError } from '../src/domain/errors.ts';
import type { FileFindings, FileOrigin } from '../src/domain/import-file.ts';
import type { JobPart } from './job-source.ts';

/** How a job reads its file and what it makes of it; kept with the job when it is planned. */
export interface FilePlan extends TableReading {
  /** The fields that columns fill, and the columns' names. */
  readonly fields: readonly { readonly target: string; readonly source: string }[];
  /** For each field of the schema the place of its column. */
  readonly columns: readonly (number | null)[];
  readonly formats: ColumnFormats;
  /** Of a file of the directory: what its columns are of. */
  readonly directory?: DirectoryHeader;
  /** What was found out about the file; of one that an importer reads. */
  readonly findings?: FileFindings;
  /** The schema's fields, where they may be others than the job's own. */
  readonly names?: readonly string[];
  /**
   * The job under whose number the rows are kept that repeat a value which may be there once, and the schema's fields
   * then; absent: there are none.
   */
  readonly repeatsOf?: { readonly jobNumber: number; readonly fields: readonly string[] } | undefined;
  /** The target held nothing of this source when the file was planned, whose ranges have no record in common. */
  readonly isNew?: boolean;
  readonly mended?: MendedRows<FilePlan>;
  /** All rows are read. */
  readonly limit: null;
}

/** The plan as `planFile` of this program stored it, for the fields of the job. */
export function filePlanOf(part: JobPart): FilePlan {
  const plan = part.job.sourceQueries[String(part.target.ordinal)] as FilePlan;
  const { fields } = fileOf(part);
  return plan.names
    ? alignedTo(
        fields.map(({ name }) => name),
        plan,
        { fields },
      )
    : plan;
}

/** The file that a target's rows come from. */
export function fileOf({ job, target }: JobPart): FileOrigin {
  if (!target.file) throw new AppError('internal', `The job ${job.id} reads no file.`);
  return target.file;
}

/** How rows of one of a job's files become values of its target. */
export function mapperOf(part: JobPart, { columns, formats, issuesColumn, directory }: FilePlan): MapFields {
  const { fields, key } = fileOf(part);
  const { spec } = part.target;
  if (directory && isDirectory(spec)) return compileDirectoryRows(spec, directory, issuesColumn);
  return compileFields({ fields, spec, columns, formats, key, issuesColumn });
}

/** A plan, and those of the files before it, for a schema that may have changed since. */
export function alignedTo(names: readonly string[], plan: FilePlan, { fields }: Pick<FileOrigin, 'fields'>): FilePlan {
  const before = plan.names ?? fields.map(({ name }) => name);
  const { mended, ...own } = plan;
  const places = names.map((name) => before.indexOf(name));
  return {
    ...own,
    names,
    columns: places.map((place) => plan.columns[place] ?? null),
    formats: places.map((place) => plan.formats[place] ?? null),
    ...(mended && { mended: { ...mended, rest: alignedTo(names, mended.rest, { fields }) } }),
  };
}
