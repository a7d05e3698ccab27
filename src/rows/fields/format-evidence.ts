import { z } from 'zod';
import type { ImporterField } from '../../domain/importer.ts';
import type { RowBlock } from '../../domain/row-block.ts';
import { DateEvidence, dateCounts, ISO_DATES } from './date-evidence.ts';
import type { DateFormat } from './date-evidence.ts';
import { NumberEvidence, numberCounts, PLAIN_NUMBERS } from './number-evidence.ts';
import type { NumberFormat } from './number-evidence.ts';

/** How the values of a field's column are written. */
export type ColumnFormat = DateFormat | NumberFormat;

/** By field, in the schema's order; null for a field whose values have no form to find out. */
export type ColumnFormats = readonly (ColumnFormat | null)[];

/** What was counted of each field, as JSON has it; see `FormatEvidence.toJSON`. */
const evidenceJson = z.array(
  z.union([
    z.object({ kind: z.literal('date'), counts: dateCounts }),
    z.object({ kind: z.literal('number'), counts: numberCounts }),
    z.null(),
  ]),
);
export type EvidenceJson = z.infer<typeof evidenceJson>;

/**
 * Finds out, over all rows of a file, how its columns of days and numbers are written: `31/12/2025` or `12/31/2025`,
 * `1.234,56` or `1,234.56`. It only counts, so parts of a file can be looked at anywhere in any order and merged, and the
 * decision is that of the whole. A field with a `date_format` needs no evidence.
 */
export class FormatEvidence {
  readonly #names: readonly string[];
  readonly #columns: readonly (number | null)[];
  readonly #found: readonly (DateEvidence | NumberEvidence | null)[];

  /**
   * @param columns for each field the column that fills it, or null
   * @param json what was counted before
   * @param maySerial whether days may have come as the numbers that a spreadsheet has for them
   */
  constructor(
    fields: readonly ImporterField[],
    columns: readonly (number | null)[],
    json: unknown = null,
    maySerial = false,
  ) {
    const before = json === null ? [] : evidenceJson.parse(json);
    this.#names = fields.map(({ name }) => name);
    this.#columns = columns;
    this.#found = fields.map((field, index) => {
      if ((columns[index] ?? null) === null) return null;
      const known = before[index] ?? null;
      if (needsDates(field)) return new DateEvidence(known?.kind === 'date' ? known.counts : undefined, maySerial);
      if (field.type !== 'number' && field.type !== 'integer') return null;
      return new NumberEvidence(field.type === 'integer', known?.kind === 'number' ? known.counts : undefined);
    });
  }

  /** Whether there is anything to find out; without it the file need not be looked at. */
  get isNeeded(): boolean {
    return this.#found.some((found) => found !== null);
  }

  /** Whether what a field's values are is only known with it. */
  isAbout(name: string): boolean {
    return (this.#found[this.#names.indexOf(name)] ?? null) !== null;
  }

  add(rows: RowBlock): void {
    const { bytes, cells, width } = rows;
    this.#found.forEach((found, index) => {
      const column = this.#columns[index] ?? width;
      if (found === null || column >= width) return;
      for (let cell = column * 2; cell < rows.length * width * 2; cell += width * 2) {
        const length = cells[cell + 1] ?? -1;
        if (length > 0) found.add(bytes, cells[cell] ?? 0, length);
      }
    });
  }

  /** Adds what was counted of another part of the file. */
  merge(json: unknown): void {
    evidenceJson.parse(json).forEach((other, index) => {
      const own = this.#found[index] ?? null;
      if (other?.kind === 'date' && own instanceof DateEvidence) own.merge(other.counts);
      if (other?.kind === 'number' && own instanceof NumberEvidence) own.merge(other.counts);
    });
  }

  toJSON(): EvidenceJson {
    return this.#found.map((found) => {
      if (found instanceof DateEvidence) return { kind: 'date', counts: found.counts };
      return found === null ? null : { kind: 'number', counts: found.counts };
    });
  }

  decide(): ColumnFormats {
    return this.#found.map((found) => found?.decide() ?? null);
  }
}

function needsDates({ type, validations }: ImporterField): boolean {
  return (type === 'date' || type === 'datetime') && !validations.some(({ rule }) => rule === 'date_format');
}

/** The formats of a file that says by itself how it writes: ISO days, points before fractions, nothing between digits. */
export function plainFormats(fields: readonly ImporterField[]): ColumnFormats {
  return fields.map(({ type }) => {
    if (type === 'date' || type === 'datetime') return ISO_DATES;
    return type === 'number' || type === 'integer' ? PLAIN_NUMBERS : null;
  });
}
