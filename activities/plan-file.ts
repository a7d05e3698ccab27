import { AppError } from '../src/domain/errors.ts';
import type { FileOrigin } from '../src/domain/import-file.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import type { TargetSpec } from '../src/domain/target.ts';
import type { FinalDraft } from '../src/rows/candidate.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import { FormatEvidence, plainFormats } from '../src/rows/fields/format-evidence.ts';
import { findingsOf } from '../src/rows/fields/file-findings.ts';
import { matchHeader } from '../src/rows/fields/match-header.ts';
import type { HeaderMatch } from '../src/rows/fields/match-header.ts';
import { RepeatedKeys } from '../src/rows/fields/repeated-keys.ts';
import { planCsv } from '../src/sources/csv/plan-csv.ts';
import type { CsvRange } from '../src/sources/csv/plan-csv.ts';
import { readCsv } from '../src/sources/csv/read-csv.ts';
import { tableBytes } from '../src/sources/csv/table-reading.ts';
import { prepareTable } from '../src/sources/spool/prepare-table.ts';
import { ImportFile } from '../src/store/entities/import-file.ts';
import { storeTargetPlan } from '../src/store/queries/plan.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { fetchFile } from './fetch-file.ts';
import { fileOf } from './read-file.ts';
import type { FilePlan } from './read-file.ts';

/** Of a workbook, and its column of issues. */
const WORKBOOK_COLUMNS = 16_385;

/**
 * Plans the reading of a file: makes its table file, finds the columns of the fields and how days and numbers are
 * written, and divides it into ranges of bytes. A file that nothing can be read of ends its job.
 */
export async function planFile(deps: ActivityDeps, part: JobPart, signal: AbortSignal): Promise<void> {
  const origin = fileOf(part);
  const { spec } = part.target;
  const file = await deps.orm.em.fork().findOne(ImportFile, { id: origin.fileId, tenantId: part.job.tenantId });
  if (!file) throw new AppError('source_rejected', 'The file of this import was deleted.');
  if (typeof file.size !== 'number') await fetchFile(deps, part, file, signal);
  const table = await prepareTable({ key: file.storageKey, charset: file.charset ?? null }, origin.choice, {
    ...deps.files,
    signal,
  });
  const read = tableBytes(deps.files.storage, { tableKey: table.key });
  const { rows, columns: header, ranges } = await planCsv(read, table.format, tableLimits(table), signal);
  const issuesColumn = table.hasIssues ? header.length - 1 : null;
  const match = matchHeader(header.slice(0, issuesColumn ?? header.length), origin.fields, origin.mapping);
  refuseHeader(match);
  refuseStrangers(match);

  const format = { ...table.format, columns: header };
  const evidence = new FormatEvidence(origin.fields, match.columns);
  // Workbooks and JSON say by themselves how they write; rows out of a page are texts of a file that may not have.
  const saysItself = table.hasIssues && origin.embedded === undefined;
  const looksAtValues = !saysItself && evidence.isNeeded;
  if (looksAtValues) {
    for (const range of ranges) {
      for await (const batch of readCsv(read, format, range, null, signal)) evidence.add(batch.rows);
    }
  }
  const formats = saysItself ? plainFormats(origin.fields) : evidence.decide();
  const plan: FilePlan = {
    tableKey: table.key,
    format,
    fields: filledFields(origin, match, header, spec),
    columns: match.columns,
    formats,
    issuesColumn,
    ranges,
    findings: findingsOf(table.report, match, formats, origin.fields),
    limit: null,
  };
  await storeFilePlan(deps, part, plan, { rows, apart: await mayBeReadApart(deps, part, plan, signal) });
}

/** Stores how a file is read: in ranges side by side where they may be read apart, else in one go. */
export async function storeFilePlan(
  { orm }: ActivityDeps,
  { job, target }: JobPart,
  plan: FilePlan,
  { rows, apart }: { readonly rows: number; readonly apart: boolean },
): Promise<void> {
  const { ranges } = plan;
  await storeTargetPlan(orm.em, job, target, {
    total: rows,
    ranges: apart ? ranges.map(planned) : [planned(whole(ranges))],
    query: plan,
    reading: apart
      ? `In ${ranges.length} ranges of the file's bytes.`
      : `In the order of the file${ranges.length > 1 ? ', because rows of several parts may be the same record' : ''}.`,
  });
}

/** What a table file may have that was made of a workbook. */
export function tableLimits({ hasIssues }: { readonly hasIssues: boolean }): { readonly columns?: number } {
  return hasIssues ? { columns: WORKBOOK_COLUMNS } : {};
}

/** Without the columns that a row has to have no row could be taken; a mapping of what is not there was a slip. */
function refuseHeader({ missing, mistakes }: HeaderMatch): void {
  const lacking = missing.filter(({ required }) => required).map(({ field }) => field);
  const told = [
    ...mistakes.map(({ message }) => message),
    ...(lacking.length === 0 ? [] : [`The file has no column for ${lacking.join(', ')}, which every row must have.`]),
  ];
  if (told.length > 0) throw new AppError('source_rejected', told.join(' '), { details: { missing: lacking } });
}

/** Rows of which no value has a place would all be the same row of nothing. */
function refuseStrangers({ columns }: HeaderMatch): void {
  if (columns.some((column) => column !== null)) return;
  throw new AppError('source_rejected', "None of the file's columns is a field of the importer.");
}

function filledFields(
  { fields, key }: FileOrigin,
  { columns }: HeaderMatch,
  header: readonly string[],
  spec: TargetSpec,
): FilePlan['fields'] {
  const filled = fields.flatMap((field, at) => {
    const column = columns[at] ?? null;
    if (column === null && field.default === null) return [];
    return [{ target: field.name, source: column === null ? '' : (header[column] ?? '') }];
  });
  const hidden = spec.fields.filter((field) => field.hidden === true).map(({ name }) => name);
  return [...filled, ...hidden.map((target) => ({ target, source: key.join(', ') }))];
}

/** Whether ranges may be read side by side and still end as if rows came one after another: none may meet another's. */
async function mayBeReadApart(
  deps: ActivityDeps,
  part: JobPart,
  plan: FilePlan,
  signal: AbortSignal,
): Promise<boolean> {
  const { fields, key } = fileOf(part);
  if (part.job.mode.duplicateDetection.enabled) return false;
  if (plan.ranges.length < 2 || key.length === 0) return true;
  const map = compileFields({
    ...plan,
    fields,
    key,
    spec: { fields: part.target.spec.fields.filter(({ name }) => key.includes(name)), anyOf: [] },
    issuesColumn: null,
  });
  return !(await rangesMeet(deps, plan, map, signal));
}

/** Whether rows of different ranges are of the same record, or may be. */
export async function rangesMeet(
  { files }: ActivityDeps,
  plan: FilePlan,
  keysOf: (rows: RowBlock) => readonly FinalDraft[],
  signal: AbortSignal,
): Promise<boolean> {
  const repeated = new RepeatedKeys();
  for (const range of plan.ranges) {
    for await (const { rows } of readCsv(tableBytes(files.storage, plan), plan.format, range, null, signal)) {
      repeated.add(keysOf(rows));
    }
    repeated.endPart();
    if (repeated.isFull) return true;
  }
  return repeated.meet;
}

function whole(ranges: readonly CsvRange[]): CsvRange {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (!first || !last) return { start: 0, end: 0, rows: 0, rowBase: 0, line: 1 };
  return { ...first, end: last.end, rows: last.rowBase + last.rows };
}

function planned({ start, end, rows, line }: CsvRange) {
  return { after: [String(start), String(line)], upTo: [String(end)], rows };
}
