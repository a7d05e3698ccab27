import type { ColumnFormats } from '../src/rows/fields/format-evidence.ts';
import { FormatEvidence, plainFormats } from '../src/rows/fields/format-evidence.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import type { MapFields } from '../src/rows/fields/compile-fields.ts';
import { compileKeys } from '../src/rows/fields/hash-keys.ts';
import { RepeatedKeys } from '../src/rows/fields/repeated-keys.ts';
import { uniqueFields, valueBytes } from '../src/rows/fields/unique-keys.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import { isOwn } from '../src/domain/target.ts';
import { rowKeyOf } from '../src/rows/row-key.ts';
import type { CsvLook } from '../src/sources/csv/plan-csv.ts';
import { filesOf, readTable } from '../src/sources/csv/table-reading.ts';
import type { TableReading } from '../src/sources/csv/table-reading.ts';
import { KEY, SeenValues } from '../src/store/queries/jobs/repeated-values.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { MendedNumbers } from './mended-numbers.ts';
import { fileOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';

/** A table file's columns, and what of it fills the fields of a schema. */
export type SurveyedColumns = Pick<FilePlan, 'columns' | 'issuesColumn' | 'mended'>;

/** What is known of a file's values before the first row is brought in. */
export interface FileSurvey {
  readonly formats: ColumnFormats;
  /** Whether ranges may be read side by side and still end as if rows came one after another: none meets another's. */
  readonly apart: boolean;
  /** Whether no two rows may be the same record. */
  readonly distinct: boolean;
  readonly repeatsOf: FilePlan['repeatsOf'];
}

/** Something that looks at all rows of a file, in their order. */
interface Look extends CsvLook {
  /** It has seen enough. */
  isDone?(): boolean;
}

/**
 * Looks at the values of a file: how days and numbers are written, whether rows of two ranges may be the same record, and
 * which rows repeat a value that may be there once. It does so while the file is planned, and reads it once more where
 * it is days or numbers that make rows the same.
 */
export class Survey implements Disposable {
  readonly #deps: ActivityDeps;
  readonly #part: JobPart;
  readonly #table: SurveyedColumns;
  readonly #evidence: FormatEvidence;
  readonly #saysItself: boolean;
  readonly #compared: ComparedFields;
  readonly #keys = new RepeatedKeys();
  readonly #seen: SeenValues | null;
  /** What looks at the rows while the file is planned, or read for it. */
  readonly looks: readonly CsvLook[];
  /** What has to know first how days and numbers are written. */
  readonly #looksAfter: () => readonly Look[];

  private constructor(deps: ActivityDeps, part: JobPart, table: SurveyedColumns, seen: SeenValues | null) {
    this.#deps = deps;
    this.#part = part;
    this.#table = table;
    const { fields, embedded } = fileOf(part);
    // Workbooks and JSON say by themselves how they write; rows out of a page are texts of a file that may not have.
    this.#saysItself = table.issuesColumn !== null && embedded === undefined;
    // A page reads workbooks without a look at how their cells are shown.
    this.#evidence = new FormatEvidence(fields, table.columns, null, embedded !== undefined);
    this.#compared = comparedFields(part);
    this.#seen = seen;
    const { key, unique, once } = this.#compared;
    const looksForFormats = !this.#saysItself && this.#evidence.isNeeded;
    const formatsFirst = looksForFormats && [...key, ...unique, ...once].some((name) => this.#evidence.isAbout(name));
    const formatsLook = { rows: (rows: RowBlock) => this.#evidence.add(rows) };
    this.looks = [...(looksForFormats ? [formatsLook] : []), ...(formatsFirst ? [] : this.#valueLooks())];
    this.#looksAfter = formatsFirst ? () => this.#valueLooks() : () => [];
  }

  static async open(deps: ActivityDeps, part: JobPart, table: SurveyedColumns): Promise<Survey> {
    const { unique, once } = comparedFields(part);
    const seen = unique.length + once.length === 0 ? null : await SeenValues.open(await poolOf(deps));
    try {
      return new Survey(deps, part, table, seen);
    } catch (error) {
      seen?.[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Ends it.
   * @param isRead whether `looks` have seen the file
   */
  async finish(table: TableReading, isRead: boolean, signal: AbortSignal): Promise<FileSurvey> {
    const seen = this.#seen;
    const { mended } = this.#table;
    if (seen && mended) await seeEarlier(this.#deps, this.#part, mended, this.#compared.unique, seen, signal);
    if (!isRead) await readOnce(this.#deps, table, this.looks, signal);
    await readOnce(this.#deps, table, this.#looksAfter(), signal);
    const { job } = this.#part;
    const repeating = seen === null ? 0 : await seen.keepRepeated(job.number);
    const names = fileOf(this.#part).fields.map(({ name }) => name);
    const matches = job.mode.duplicateDetection.enabled;
    // What is found out costs a sort of all keys.
    const asks = !matches && (table.ranges.length > 1 || job.kind === 'validate');
    const repeated = asks ? this.#keys.find() : { anywhere: matches, apart: matches };
    return {
      formats: this.#decide(),
      apart: !repeated.apart,
      distinct: !repeated.anywhere,
      repeatsOf: repeating === 0 ? undefined : { jobNumber: job.number, fields: names },
    };
  }

  [Symbol.dispose](): void {
    this.#seen?.[Symbol.dispose]();
  }

  #decide(): ColumnFormats {
    // Mended rows are few and written as those they come from, which say more of it.
    const before = this.#table.mended?.rest.formats ?? [];
    const own = this.#saysItself ? plainFormats(fileOf(this.#part).fields) : this.#evidence.decide();
    return own.map((format, at) => before[at] ?? format);
  }

  #valueLooks(): Look[] {
    const { key, unique, once } = this.#compared;
    const part = this.#part;
    const table = { ...this.#table, formats: this.#decide() };
    const looks: Look[] = [];
    if (key.length > 0) {
      const hashKeys = compileKeys({ ...table, fields: fileOf(part).fields, spec: specOf(part, key), key });
      const keys = this.#keys;
      looks.push({
        rows: (rows) => hashKeys(rows, (one) => keys.add(one)),
        endRange: () => keys.endPart(),
        isDone: () => keys.isFull,
      });
    }
    if (this.#seen === null) return looks;
    if (once.length > 0) looks.push(keyLook(mapOf(part, table, once, once), this.#seen));
    return [...looks, ...uniqueLooks(part, table, unique, this.#seen)];
  }
}

interface ComparedFields {
  /** By which rows of two ranges may be the same record. */
  readonly key: readonly string[];
  /** Those that may not say the same in two rows. */
  readonly unique: readonly string[];
  /**
   * The key, where a row fails whose record is there and nothing is kept of chunks, which have no mirror of a table of
   * somebody else's: then rows of later chunks cannot meet what earlier ones would have made.
   */
  readonly once: readonly string[];
}

function comparedFields(part: JobPart): ComparedFields {
  const { fields, key } = fileOf(part);
  const { kind, mode } = part.job;
  return {
    key: mode.duplicateDetection.enabled ? [] : key,
    unique: uniqueFields(fields, part.target.spec).map(({ field }) => field.name),
    once: kind === 'validate' && mode.existing?.rule === 'fail' && isOwn(part.target.spec) ? mode.existing.key : [],
  };
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
  const spec = specOf(part, names);
  return compileFields({ fields: fileOf(part).fields, spec, columns, formats, key, issuesColumn: null });
}

function specOf(part: JobPart, names: readonly string[]) {
  return { fields: part.target.spec.fields.filter(({ name }) => names.includes(name)), anyOf: [] };
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
  if (looks.length === 0) return;
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
