import { NO_CHOICE } from '../src/domain/import-file.ts';
import { AppError } from '../src/domain/errors.ts';
import { isDirectory } from '../src/rows/directory-draft.ts';
import type { DirectorySpec } from '../src/rows/directory-draft.ts';
import { readDirectoryHeader } from '../src/rows/directory-header.ts';
import type { DirectoryHeader } from '../src/rows/directory-header.ts';
import { compileDirectoryIds } from '../src/rows/directory-rows.ts';
import { evenRangeBytes } from '../src/sources/csv/even-ranges.ts';
import { planCsv } from '../src/sources/csv/plan-csv.ts';
import { tableBytes } from '../src/sources/csv/table-reading.ts';
import type { TableReading } from '../src/sources/csv/table-reading.ts';
import { prepareTable } from '../src/sources/spool/prepare-table.ts';
import { storeTargetPlan } from '../src/store/queries/jobs/plan.ts';
import type { ActivityDeps } from './deps.ts';
import { countedAttempt } from './directory-attempt.ts';
import { filePlanOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';
import type { JobPart } from './job-source.ts';
import { rangesMeet, storeFilePlan, tableLimits } from './plan-file.ts';
import { takeUpload } from './take-upload.ts';

/** A table file, and what of the directory its columns are. */
type DirectoryTable = Omit<TableReading, 'mended'> & { readonly directory: DirectoryHeader };

/**
 * Plans the reading of a file of the directory for companies or for contacts; one that has none of these is not read for
 * them. The file is taken and looked at once, for the first target. One that has neither ends its job.
 */
export async function planDirectoryFile(deps: ActivityDeps, part: JobPart, signal: AbortSignal): Promise<void> {
  const { spec } = part.target;
  if (!isDirectory(spec)) throw new Error(`${spec.type} is none of the directory`);
  const table = part.target.ordinal === 0 ? await takeTable(deps, part, signal) : firstTable(part);
  const { directory } = table;
  const plan: FilePlan = { ...table, fields: filledFields(spec, directory), columns: [], formats: [], limit: null };
  if (directory[spec.directory].length === 0) {
    await storeTargetPlan(deps.orm.em, part.job, part.target, {
      total: 0,
      ranges: [{ after: ['0', '1'], upTo: ['0'], rows: 0 }],
      query: plan,
      reading: `Not at all: the file has no column that says which ${spec.directory} a row is.`,
    });
    return;
  }
  const meet = plan.ranges.length > 1 && (await rangesMeet(deps, plan, compileDirectoryIds(spec, directory), signal));
  const rows = plan.ranges.reduce((sum, range) => sum + range.rows, 0);
  await storeFilePlan(deps, part, plan, { rows, apart: !meet });
}

/** Takes the uploaded file and makes its table. An attempt that fails leaves nothing; the next takes what is there then. */
function takeTable(deps: ActivityDeps, part: JobPart, signal: AbortSignal): Promise<DirectoryTable> {
  const { storage } = deps.files;
  return countedAttempt(deps, part.job.id, async () => {
    const key = await takeUpload(deps, part, signal);
    try {
      const table = await prepareTable({ key, charset: null }, NO_CHOICE, { ...deps.files, signal });
      const read = tableBytes(storage, { tableKey: table.key });
      const limits = { ...tableLimits(table), rangeBytes: evenRangeBytes(await storage.size(table.key)) };
      const { columns, ranges } = await planCsv(read, table.format, limits, signal);
      const issuesColumn = table.hasIssues ? columns.length - 1 : null;
      const directory = readDirectoryHeader(columns.slice(0, issuesColumn ?? columns.length));
      if (directory.company.length + directory.contact.length === 0) throw unknownHeader();
      const format = { ...table.format, columns };
      // Nothing tells our exports and files of failed rows from others, and spreadsheets read an apostrophe so, too.
      return { tableKey: table.key, format, issuesColumn, ranges, guarded: true, directory };
    } catch (error) {
      for (const made of ['', '.unpacked', '.table']) await storage.remove(key + made);
      throw error;
    }
  });
}

/** The table as it was made for the first target. */
function firstTable({ job }: JobPart): DirectoryTable {
  const [first] = job.targets;
  if (!first) throw new Error(`the job ${job.id} has no target`);
  const { tableKey, format, issuesColumn, ranges, guarded, directory } = filePlanOf({ job, target: first });
  if (!directory) throw new Error(`the first target of the job ${job.id} is not planned`);
  return { tableKey, format, issuesColumn, ranges, guarded: guarded === true, directory };
}

function filledFields(spec: DirectorySpec, { company, contact }: DirectoryHeader): FilePlan['fields'] {
  const filled = (spec.directory === 'company' ? company : contact).map(({ header, column }) => ({
    target: column.name,
    source: header,
  }));
  const made = ['uuid', ...(spec.directory === 'contact' && company.length > 0 ? ['company_id'] : [])];
  const missing = made.filter((name) => !filled.some(({ target }) => target === name));
  return [...filled, ...missing.map((target) => ({ target, source: '' }))];
}

function unknownHeader(): AppError {
  return new AppError(
    'source_rejected',
    'The file has no column that says which company or contact a row is: it takes one of company, name, ' +
      'company_linkedin_url, first_name, last_name, person_linkedin_url, linkedin_url and uuid.',
  );
}
