import { readCsv } from '../src/sources/csv/read-csv.ts';
import { tableBytes } from '../src/sources/csv/table-reading.ts';
import type { TableReading } from '../src/sources/csv/table-reading.ts';
import { isDirectory } from '../src/rows/directory-draft.ts';
import type { DirectoryHeader } from '../src/rows/directory-header.ts';
import { compileDirectoryRows } from '../src/rows/directory-rows.ts';
import type { MapFields } from '../src/rows/fields/compile-fields.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import type { ColumnFormats } from '../src/rows/fields/format-evidence.ts';
import { AppError } from '../src/domain/errors.ts';
import type { FileFindings, FileOrigin } from '../src/domain/import-file.ts';
import type { ActivityDeps } from './deps.ts';
import type { DraftBatch } from './chunks.ts';
import type { JobPart } from './job-source.ts';
import type { Reading } from './read-drafts.ts';

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
  /** All rows are read. */
  readonly limit: null;
}

/** The plan as `planFile` of this program stored it. */
export function filePlanOf({ job, target }: JobPart): FilePlan {
  return job.sourceQueries[String(target.ordinal)] as FilePlan;
}

/** The file that a target's rows come from. */
export function fileOf({ job, target }: JobPart): FileOrigin {
  if (!target.file) throw new AppError('internal', `The job ${job.id} reads no file.`);
  return target.file;
}

/** Reads a range of a job's file from a position on, converted and checked. */
export async function* readFileRange(
  deps: ActivityDeps,
  part: JobPart,
  claim: Reading,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const plan = filePlanOf(part);
  const [start = '0', line = '1'] = claim.rangeAfter ?? [];
  const range = { start: Number(start), end: Number(claim.rangeUpTo?.[0] ?? 0), line: Number(line) };
  const position = claim.position === null ? null : Number(claim.position.key[0]);
  const map = mapperOf(part);
  let from = position ?? range.start;
  for await (const batch of readCsv(tableBytes(deps.files.storage, plan), plan.format, range, position, signal)) {
    yield {
      drafts: map(batch.rows, batch.issues),
      position: { key: [String(batch.position)], ordinal: 1 },
      size: batch.position - from,
    };
    from = batch.position;
  }
}

/** How rows of a job's file become values of its target. */
export function mapperOf(part: JobPart): MapFields {
  const { fields, key } = fileOf(part);
  const { columns, formats, issuesColumn, directory } = filePlanOf(part);
  const { spec } = part.target;
  if (directory && isDirectory(spec)) return compileDirectoryRows(spec, directory, issuesColumn);
  return compileFields({ fields, spec, columns, formats, key, issuesColumn });
}
