import type { ColumnFormats } from '../src/rows/fields/format-evidence.ts';
import { FormatEvidence, plainFormats } from '../src/rows/fields/format-evidence.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import type { MapFields } from '../src/rows/fields/compile-fields.ts';
import { RepeatedKeys } from '../src/rows/fields/repeated-keys.ts';
import { uniqueFields, valueBytes } from '../src/rows/fields/unique-keys.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import { rowKeyOf } from '../src/rows/row-key.ts';
import { filesOf, readTable } from '../src/sources/csv/table-reading.ts';
import type { TableReading } from '../src/sources/csv/table-reading.ts';
import { KEY, SeenValues } from '../src/store/queries/repeated-values.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { MendedNumbers } from './mended-numbers.ts';
import { fileOf } from './read-file.ts';
import type { FilePlan } from './read-file.ts';

/** A table file and what of it fills the fields of a schema. */
export interface SurveyedTable extends TableReading {
  readonly columns: readonly (number | null)[];
  readonly mended?: NonNullable<FilePlan['mended']>;
}

/** What is known of a file's values before the first row is brought in. */
export interface FileSurvey {
  readonly formats: ColumnFormats;
  /** Whether ranges may be read side by side and still end as if rows came one after another: none meets another's. */
  readonly apart: boolean;
  readonly repeatsOf: FilePlan['repeatsOf'];
}

/** Something that looks at all rows of a file, in their order. */
interface Look {
  /** @param before rows of the file before these */
  rows(rows: RowBlock, before: number): void | Promise<void>;
  endRange?(): void;
  /** It has seen enough. */
  isDone?(): boolean;
}

/**
 * Looks at the values of a file: how days and numbers are written, whether rows of two ranges may be the same record, and
 * which rows repeat a value that may be there once. The file is read once, and once more where it is days or numbers
 * that make rows the same; a file of which nothing is asked is not read at all.
 */
export async function surveyFile(
  deps: ActivityDeps,
  part: JobPart,
  table: SurveyedTable,
  signal: AbortSignal,
): Promise<FileSurvey> {
  const { fields, embedded } = fileOf(part);
  // Workbooks and JSON say by themselves how they write; rows out of a page are texts of a file that may not have.
  const saysItself = table.issuesColumn !== null && embedded === undefined;
  const evidence = new FormatEvidence(fields, table.columns);
  const looksForFormats = !saysItself && evidence.isNeeded;
  // Mended rows are few and written as those they come from, which say more of it.
  const before = table.mended?.rest.formats ?? [];
  const decide = (): ColumnFormats =>
    (saysItself ? plainFormats(fields) : evidence.decide()).map((own, at) => before[at] ?? own);

  const compared = comparedFields(part, table);
  const names = [...compared.key, ...compared.unique, ...keyOnce(part)];
  const formatsFirst = looksForFormats && names.some((name) => evidence.isAbout(name));
  const formatsLook = { rows: (rows: RowBlock) => evidence.add(rows) };
  if (formatsFirst) await readOnce(deps, table, [formatsLook], signal);
  const looks: Look[] = looksForFormats && !formatsFirst ? [formatsLook] : [];

  const keys = new RepeatedKeys();
  if (compared.key.length > 0) {
    const keyOf = mapOf(part, { ...table, formats: decide() }, compared.key, compared.key);
    looks.push({
      rows: (rows) => keys.add(keyOf(rows)),
      endRange: () => keys.endPart(),
      isDone: () => keys.isFull,
    });
  }
  const once = keyOnce(part);
  using seen = compared.unique.length + once.length === 0 ? null : await SeenValues.open(await poolOf(deps));
  if (seen !== null) {
    if (once.length > 0) looks.push(keyLook(mapOf(part, { ...table, formats: decide() }, once, once), seen));
    if (table.mended) await seeEarlier(deps, part, table.mended, compared.unique, seen, signal);
    looks.push(...uniqueLooks(part, { ...table, formats: decide() }, compared.unique, seen));
  }
  if (looks.length > 0) await readOnce(deps, table, looks, signal);
  const repeating = seen === null ? 0 : await seen.keepRepeated(part.job.number);
  return {
    formats: decide(),
    apart: !part.job.mode.duplicateDetection.enabled && !keys.meet,
    repeatsOf: repeating === 0 ? undefined : { jobNumber: part.job.number, fields: fields.map(({ name }) => name) },
  };
}

/** The fields by which rows of two ranges may be the same record, and those that may not say the same in two rows. */
function comparedFields(
  part: JobPart,
  { ranges }: SurveyedTable,
): { readonly key: readonly string[]; readonly unique: readonly string[] } {
  const { fields, key } = fileOf(part);
  const inOrder = ranges.length < 2 || part.job.mode.duplicateDetection.enabled;
  return {
    key: inOrder ? [] : key,
    unique: uniqueFields(fields, part.target.spec).map(({ field }) => field.name),
  };
}

/**
 * The key, where a row fails whose record is there and nothing is kept of chunks: then rows of later chunks cannot meet
 * what earlier ones would have made.
 */
function keyOnce(part: JobPart): readonly string[] {
  const { kind, mode } = part.job;
  return kind === 'validate' && mode.existing?.rule === 'fail' ? mode.existing.key : [];
}

function keyLook(keyOf: MapFields, seen: SeenValues): Look {
  return {
    rows: (rows, before) =>
      seen.add(
        keyOf(rows).flatMap((draft, at) =>
          draft.identifier === null ? [] : [{ rowNumber: before + at + 1, field: KEY, key: rowKeyOf(draft) }],
        ),
      ),
  };
}

type Columns = Pick<FilePlan, 'columns' | 'formats'>;

/** How rows become the values of some fields alone. */
function mapOf(
  part: JobPart,
  { columns, formats }: Columns,
  names: readonly string[],
  key: readonly string[],
): MapFields {
  const spec = { fields: part.target.spec.fields.filter(({ name }) => names.includes(name)), anyOf: [] };
  return compileFields({ fields: fileOf(part).fields, spec, columns, formats, key, issuesColumn: null });
}

/** @param numberOf under which number the values of a row are kept, by its place in the file */
function uniqueLooks(
  part: JobPart,
  table: Columns,
  names: readonly string[],
  seen: SeenValues,
  numberOf: (place: number) => number = (place) => place,
): Look[] {
  const { fields } = fileOf(part);
  return names.map((name) => {
    const valueOf = mapOf(part, table, [name], []);
    const field = fields.findIndex((one) => one.name === name);
    return {
      rows: (rows, before) =>
        seen.add(
          valueOf(rows).flatMap((draft, at) =>
            valueBytes(draft, 0) === null
              ? []
              : [{ rowNumber: numberOf(before + at + 1), field, key: rowKeyOf(draft) }],
          ),
        ),
    };
  });
}

/**
 * Looks at the values of the files that mended rows come from, without those of the rows that are mended: they come before
 * all others, under their numbers taken negative.
 */
async function seeEarlier(
  deps: ActivityDeps,
  part: JobPart,
  { placedBy, rest }: NonNullable<FilePlan['mended']>,
  unique: readonly string[],
  seen: SeenValues,
  signal: AbortSignal,
): Promise<void> {
  for (const file of filesOf(rest).toReversed()) {
    const { mended } = file;
    if (mended) await seen.forgetMended(mended.placedBy);
    const numbers = mended ? new MendedNumbers(deps, mended) : null;
    let known: readonly number[] = [];
    let first = 0;
    const numberOf = (place: number): number => -(known[place - first - 1] ?? place);
    const looks: Look[] = uniqueLooks(part, file, unique, seen, numberOf);
    const number: Look = {
      rows: async (rows, before) => {
        first = before;
        known = numbers === null ? [] : (await numbers.of({ rows }, before, new Map())).rowNumbers;
      },
    };
    await readOnce(deps, file, [number, ...looks], signal);
  }
  await seen.forgetMended(placedBy);
}

async function readOnce(
  { files }: ActivityDeps,
  table: TableReading,
  looks: readonly Look[],
  signal: AbortSignal,
): Promise<void> {
  for (const range of table.ranges) {
    let before = range.rowBase;
    for await (const { rows } of readTable(files.storage, table, range, null, signal)) {
      for (const look of looks) await look.rows(rows, before);
      before += rows.length;
    }
    for (const look of looks) look.endRange?.();
    if (looks.every((look) => look.isDone?.() === true)) return;
  }
}

function poolOf({ orm }: ActivityDeps) {
  return orm.em.getConnection().getNativeClient();
}
