import { ADDED_COLUMNS } from '../src/domain/import-file.ts';
import type { RowIssue } from '../src/domain/record.ts';
import type { RowFaults } from '../src/rows/fields/compile-fields.ts';
import { shown } from '../src/rows/fields/field-issue.ts';
import type { CsvBatch } from '../src/sources/csv/read-csv.ts';
import { mendedRowsAfter } from '../src/store/queries/retries/mended-rows.ts';
import type { MendedRow } from '../src/store/queries/retries/mended-rows.ts';
import { AscendingRows } from './ascending-rows.ts';
import type { ActivityDeps } from './deps.ts';
import type { FilePlan } from './file-plan.ts';

/** Rows of a batch that come from an earlier import: their numbers there, and what is to be said of them. */
export interface NumberedRows {
  readonly rowNumbers: readonly number[];
  readonly faults: RowFaults;
}

/** Gives the rows of a file of mended rows, as they are read, the numbers that they had in the import they failed in. */
export class MendedNumbers {
  readonly #mended: NonNullable<FilePlan['mended']>;
  readonly #rows: AscendingRows<MendedRow>;

  constructor({ orm }: Pick<ActivityDeps, 'orm'>, mended: NonNullable<FilePlan['mended']>) {
    this.#mended = mended;
    this.#rows = new AscendingRows((after, limit) => mendedRowsAfter(orm.em.fork(), mended.placedBy, after, limit));
  }

  /**
   * @param before rows of the file before the batch
   * @param faults what is wrong with rows of the batch already
   */
  async of({ rows }: Pick<CsvBatch, 'rows'>, before: number, faults: RowFaults): Promise<NumberedRows> {
    const mended = new Map(
      (await this.#rows.between(before, before + rows.length)).map((row) => [row.rowNumber, row] as const),
    );
    const all = new Map(faults);
    const rowNumbers = Array.from({ length: rows.length }, (_, at) => {
      const place = before + at + 1;
      const row = mended.get(place);
      const issue = row ? closedIssue(row) : this.#unplaced(rows.value(at, this.#mended.numberColumn));
      if (issue) all.set(at, [...(all.get(at) ?? []), issue]);
      return row ? row.mends : this.#mended.base + place;
    });
    return { rowNumbers, faults: all };
  }

  /** Why a row is none of the earlier import; null for one that does not say it is. */
  #unplaced(text: string | null): RowIssue | null {
    if (text === null || text.trim() === '') return null;
    const number = rowNumberOf(text);
    const base = { field: ADDED_COLUMNS.rowNumber, value: shown(text), fatal: true };
    if (number === null)
      return {
        ...base,
        code: 'invalid_format',
        message: `The ${ADDED_COLUMNS.rowNumber} must be the number of a row.`,
      };
    if (number > this.#mended.base)
      return { ...base, code: 'out_of_range', message: `The import that is mended has no row ${number}.` };
    return { ...base, code: 'duplicate', message: `The row ${number} is there more than once in the file.` };
  }
}

function closedIssue({ mends, open }: MendedRow): RowIssue | null {
  if (open) return null;
  const message = `The row ${mends} did not fail in the import that is mended, or has been brought in since.`;
  return { field: ADDED_COLUMNS.rowNumber, code: 'already_imported', message, value: String(mends), fatal: false };
}

const ROW_NUMBER = /^[1-9]\d{0,14}$/u;

/** The number that a cell says; null when it is none of a row. */
export function rowNumberOf(text: string): number | null {
  const trimmed = text.trim();
  return ROW_NUMBER.test(trimmed) ? Number(trimmed) : null;
}
