import { isDirectory } from '../src/rows/directory-draft.ts';
import type { DirectoryHeader } from '../src/rows/directory-header.ts';
import { compileDirectoryRows } from '../src/rows/directory-rows.ts';
import { filesOf, readTable } from '../src/sources/csv/table-reading.ts';
import type { MendedRows, TableReading } from '../src/sources/csv/table-reading.ts';
import type { MapFields } from '../src/rows/fields/compile-fields.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import type { ColumnFormats } from '../src/rows/fields/format-evidence.ts';
import { AppError } from '../src/domain/errors.ts';
import type { FileFindings, FileOrigin } from '../src/domain/import-file.ts';
import { alignedTo } from './align-plan.ts';
import type { ActivityDeps } from './deps.ts';
import { sourceBatchRows } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { JobPart } from './job-source.ts';
import { MendedNumbers } from './mended-numbers.ts';
import type { Reading } from './read-drafts.ts';
import { RepeatingRows } from './repeating-rows.ts';

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

/** Reads a range of a job's file from a position on, converted and checked. */
export async function* readFileRange(
  deps: ActivityDeps,
  part: JobPart,
  claim: Reading,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const plan = rangePlanOf(part, claim);
  const [start = '0', line = '1'] = claim.rangeAfter ?? [];
  const range = { start: Number(start), end: Number(claim.rangeUpTo?.[0] ?? 0), line: Number(line) };
  const position = claim.position === null ? null : Number(claim.position.key[0]);
  const map = mapperOf(part, plan);
  const repeating = new RepeatingRows(deps, fileOf(part), plan);
  const mended = plan.mended ? new MendedNumbers(deps, plan.mended) : null;
  let from = position ?? range.start;
  let before = claim.rowBase + claim.rowsDone;
  const limits = { batchRows: sourceBatchRows(part.job.options.batchSize) };
  for await (const batch of readTable(deps.files.storage, plan, range, position, signal, limits)) {
    const faults = await repeating.joined(batch, before);
    const numbered = await mended?.of(batch, before, faults);
    yield {
      drafts: map(batch.rows, numbered?.faults ?? faults),
      position: { key: [String(batch.position)], ordinal: 1 },
      size: batch.position - from,
      ...(numbered && { rowNumbers: numbered.rowNumbers }),
    };
    from = batch.position;
    before += batch.rows.length;
  }
}

/** Of the files that a job reads, the one that its ranges are of: a retry goes on in the import's own. */
function rangePlanOf(part: JobPart, { jobNumber }: Pick<Reading, 'jobNumber'>): FilePlan {
  const files = filesOf(filePlanOf(part));
  const first = files[0];
  const own = first?.mended?.placedBy === jobNumber ? first : files.at(-1);
  if (!own) throw new AppError('internal', `The job ${part.job.id} has no plan.`);
  return own;
}

/** How rows of one of a job's files become values of its target. */
export function mapperOf(part: JobPart, { columns, formats, issuesColumn, directory }: FilePlan): MapFields {
  const { fields, key } = fileOf(part);
  const { spec } = part.target;
  if (directory && isDirectory(spec)) return compileDirectoryRows(spec, directory, issuesColumn);
  return compileFields({ fields, spec, columns, formats, key, issuesColumn });
}
