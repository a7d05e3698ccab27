import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../src/domain/errors.ts';
import type { FileOrigin } from '../src/domain/import-file.ts';
import type { ModeConfig } from '../src/domain/job.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import { sourceOf } from '../src/domain/target.ts';
import type { TargetSpec } from '../src/domain/target.ts';
import { findingsOf } from '../src/rows/fields/file-findings.ts';
import { RepeatedKeys } from '../src/rows/fields/repeated-keys.ts';
import { KeyHash } from '../src/rows/fields/key-hash.ts';
import { matchHeader } from '../src/rows/fields/match-header.ts';
import type { HeaderMatch } from '../src/rows/fields/match-header.ts';
import { evenRangeBytes } from '../src/sources/csv/even-ranges.ts';
import { planCsv } from '../src/sources/csv/plan-csv.ts';
import type { CsvRange } from '../src/sources/csv/plan-csv.ts';
import { readTable, tableBytes } from '../src/sources/csv/table-reading.ts';
import { prepareTable } from '../src/sources/spool/prepare-table.ts';
import type { PreparedTable } from '../src/sources/spool/prepare-table.ts';
import { shown } from '../src/sources/spool/refusal.ts';
import { holdsRowsOfSource } from '../src/store/commit/probe.ts';
import { ImportFile } from '../src/store/entities/import-file.ts';
import { joinFamily } from '../src/store/queries/retries/mended-rows.ts';
import { storeTargetPlan } from '../src/store/queries/jobs/plan.ts';
import type { TargetPlan } from '../src/store/queries/jobs/plan.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { fetchFile } from './fetch-file.ts';
import { fileOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';
import { addedColumns, findMended, mayMend } from './mend-file.ts';
import type { MendedFile } from './mend-file.ts';
import { Survey } from './survey-file.ts';

/** Columns that a message names at the most. */
const NAMED_COLUMNS = 30;

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
  const size = await deps.files.storage.size(table.key);
  const limits = { ...tableLimits(table), rangeBytes: evenRangeBytes(size) };
  using surveys = new DisposableStack();
  const meanwhile: { survey?: Survey } = {};
  const {
    rows,
    columns: header,
    ranges,
  } = await planCsv(read, table.format, limits, signal, async (found) => {
    const { match, issuesColumn, refusal } = readHeader(part, table, found, null);
    // Rows that may be an earlier import's are looked at when it is known whether they are.
    if (refusal !== null || mayMend(origin, found)) return [];
    meanwhile.survey = surveys.use(await Survey.open(deps, part, { issuesColumn, columns: match.columns }));
    return meanwhile.survey.looks;
  });
  const issuesColumn = table.hasIssues ? header.length - 1 : null;
  const own = { tableKey: table.key, format: { ...table.format, columns: header }, issuesColumn, ranges };
  const mending = await findMended(deps, part, own, signal);
  const reading = mending ? { ...own, mended: mending.mended } : own;
  const { match, refusal } = readHeader(part, table, header, mending);
  if (refusal !== null) throw refusal;

  const { columns } = match;
  const survey = meanwhile.survey ?? surveys.use(await Survey.open(deps, part, { ...reading, columns }));
  const { formats, apart, distinct, repeatsOf } = await survey.finish(reading, survey === meanwhile.survey, signal);
  const plan: FilePlan = {
    ...reading,
    fields: filledFields(origin, match, header, spec),
    columns,
    formats,
    repeatsOf,
    ...(apart && !mending && { isNew: await isNewTo(deps, part) }),
    findings: findingsOf(table.report, match, formats, origin.fields),
    ...(mending && { names: origin.fields.map(({ name }) => name) }),
    limit: null,
  };
  const alongside = mending && ((tx: EntityManager) => joinFamily(tx, part.job, mending));
  await storeFilePlan(deps, part, plan, { rows, apart, distinct, ...(alongside && { alongside }) });
}

/** Whether a target holds nothing of a job's source. */
async function isNewTo({ orm }: ActivityDeps, { job, target: { spec } }: JobPart): Promise<boolean> {
  const sourceId = sourceOf(spec, job);
  if (sourceId === null) return false;
  const client = await orm.em.getConnection().getNativeClient();
  return !(await holdsRowsOfSource({ client, tenantId: job.tenantId, sourceId, spec }));
}

/** Stores how a file is read: in ranges side by side where they may be read apart, else in one go. */
export async function storeFilePlan(
  { orm }: ActivityDeps,
  { job, target }: JobPart,
  plan: FilePlan,
  {
    rows,
    apart,
    ...more
  }: { readonly rows: number; readonly apart: boolean } & Pick<TargetPlan, 'distinct' | 'alongside'>,
): Promise<void> {
  const { ranges } = plan;
  await storeTargetPlan(orm.em, job, target, {
    total: rows,
    // A file without rows is read, too: in one range of nothing.
    ranges: apart && rows > 0 ? ranges.map(planned) : [planned(whole(ranges))],
    query: plan,
    reading: apart
      ? `In ${ranges.length} ranges of the file's bytes.`
      : `In the order of the file${ranges.length > 1 ? ', because rows of several parts may be the same record' : ''}.`,
    ...more,
  });
}

/** What a table file may have that was made of a workbook. */
export function tableLimits({ hasIssues }: { readonly hasIssues: boolean }): { readonly columns?: number } {
  return hasIssues ? { columns: WORKBOOK_COLUMNS } : {};
}

/** What a header's columns are, and why no row can be taken of them, if so. */
function readHeader(
  part: JobPart,
  { hasIssues }: Pick<PreparedTable, 'hasIssues'>,
  header: readonly string[],
  mending: MendedFile | null,
) {
  const origin = fileOf(part);
  const issuesColumn = hasIssues ? header.length - 1 : null;
  const names = header.slice(0, issuesColumn ?? header.length);
  const match = matchHeader(
    mending ? withoutAdded(names, origin.fields) : names,
    origin.fields,
    origin.mapping.length === 0 && mending ? mending.mapping : origin.mapping,
  );
  return { match, issuesColumn, refusal: headerRefusal(names, match, origin, part.job.mode) };
}

/** A header without the columns that were added to failed rows: they are nobody's fields, whatever they are like. */
function withoutAdded(header: readonly string[], fields: FileOrigin['fields']): string[] {
  const { rowNumber, message } = addedColumns(header, fields);
  return header.map((name, column) => (column === rowNumber || column === message ? '' : name));
}

/**
 * Without the columns that a row has to have no row could be taken; a mapping of what is not there was a slip. Null for a
 * header that will do.
 */
function headerRefusal(
  header: readonly string[],
  { columns, missing, mistakes }: HeaderMatch,
  { fields }: Pick<FileOrigin, 'fields'>,
  { existing }: ModeConfig,
): AppError | null {
  // Without what says which row is newer every row would be passed over, without a word.
  const newerBy = existing?.rule === 'if_newer' ? existing.newerBy : null;
  const isEmpty = (name: string): boolean => fields.some((field) => field.name === name && field.default === null);
  const lacking = missing
    .filter(({ field, required }) => required || (field === newerBy && isEmpty(field)))
    .map(({ field }) => field);
  const told = [
    ...mistakes.map(({ message }) => message),
    ...(lacking.length === 0 ? [] : [`The file has no column for ${lacking.join(', ')}, which every row must have.`]),
  ];
  // Rows of which no value has a place would all be the same row of nothing.
  if (told.length === 0 && columns.every((column) => column === null)) {
    told.push("None of the file's columns is a field of the importer.");
  }
  if (told.length === 0) return null;
  const isNameless = header.every((name) => name.trim() === '');
  const message = isNameless
    ? 'The file has no column with a name.'
    : [...told, `Its columns are ${listed(header)}.`].join(' ');
  return new AppError('source_rejected', message, { details: { missing: lacking } });
}

/** Names of columns in a message. */
function listed(header: readonly string[]): string {
  const names = header.slice(0, NAMED_COLUMNS).map((name) => (name.trim() === '' ? '(without a name)' : shown(name)));
  const more = header.length - names.length;
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
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

/** Whether rows of different ranges are of the same record, or may be. */
export async function rangesMeet(
  { files }: ActivityDeps,
  plan: FilePlan,
  keysOf: (rows: RowBlock) => readonly (string | null)[],
  signal: AbortSignal,
): Promise<boolean> {
  const repeated = new RepeatedKeys();
  const hash = new KeyHash();
  for (const range of plan.ranges) {
    for await (const { rows } of readTable(files.storage, plan, range, null, signal)) {
      for (const key of keysOf(rows)) {
        if (key === null) continue;
        hash.begin();
        hash.addText(key);
        repeated.add(hash);
      }
    }
    repeated.endPart();
    if (repeated.isFull) return true;
  }
  return repeated.find().apart;
}

function whole(ranges: readonly CsvRange[]): CsvRange {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (!first || !last) return { start: 0, end: 0, rows: 0, rowBase: 0, line: 1 };
  return { ...first, end: last.end, rows: last.rowBase + last.rows };
}

function planned({ start, end, rows, line }: CsvRange) {
  return { after: [String(start), String(line)], upTo: [String(end)], rows };
}
