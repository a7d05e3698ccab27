import { refuseFile, tooLarge } from '../refusal.ts';
import type { RowSpool } from '../row-spool.ts';
import { HEAD_ROWS, guessHeaderRow } from './header-row.ts';
import type { SharedStrings } from './shared-strings.ts';
import type { SheetRow, SheetValue } from './sheet-reader.ts';

/** Where the names of columns stand: a row of the sheet from 1, `none` (columns are called `column_1` …), or to be found. */
export type HeaderChoice = number | 'none' | 'detect';

/** Of the rows that are looked at to find the header: those beyond are not. */
const MAX_HEAD_CHARACTERS = 2 ** 22;

/** Of all names of columns together. */
const MAX_NAME_CHARACTERS = 2 ** 22;

export interface TableFacts {
  /** The header's row in the sheet, or null when there is none. */
  readonly header_row: number | null;
  /** Rows with something above the header; they are left out. */
  readonly rows_above_header: number;
  /** Rows of the table that are hidden in the sheet; they are taken like others. */
  readonly hidden_rows: number;
  /** Rows without anything between the header and the last row; they are left out and have no number. */
  readonly blank_rows: number;
  /** Cells that could not be read truthfully. */
  readonly issues: number;
}

/** Takes a sheet's rows, finds the header, and spools what comes below it. */
export class SheetTable {
  readonly #spool: RowSpool;
  readonly #strings: SharedStrings;
  readonly #choice: HeaderChoice;
  #head: SheetRow[] = [];
  #headCharacters = 0;
  #header: SheetRow | null = null;
  #decided = false;
  #above = 0;
  #hidden = 0;
  #blank = 0;
  #issues = 0;
  #last = 0;

  constructor(spool: RowSpool, strings: SharedStrings, choice: HeaderChoice) {
    this.#spool = spool;
    this.#strings = strings;
    this.#choice = choice;
    this.#decided = choice === 'none';
  }

  row(row: SheetRow): void {
    if (this.#decided) this.#spoolRow(row);
    else if (this.#choice === 'detect') {
      this.#head.push(row);
      for (const value of row.values) this.#headCharacters += typeof value === 'string' ? value.length : 0;
      if (this.#head.length >= HEAD_ROWS || this.#headCharacters > MAX_HEAD_CHARACTERS) this.#detect();
    } else if (row.number < Number(this.#choice)) this.#above += 1;
    else this.#decide(row.number === this.#choice ? row : null);
  }

  /** To be called after the last row: a header that was still looked for is found. */
  end(): void {
    if (this.#decided) return;
    if (this.#choice === 'detect') this.#detect();
    else this.#decide(null);
  }

  /** Names for as many columns as the header or the widest row has: empty where the header has none. */
  names(width: number): readonly string[] {
    const header = this.#header;
    if (!header) return Array.from({ length: width }, (_, column) => `column_${column + 1}`);
    const names: string[] = Array.from({ length: Math.max(width, (header.columns.at(-1) ?? -1) + 1) }, () => '');
    let characters = 0;
    for (const [index, column] of header.columns.entries()) {
      const value = header.values[index] ?? '';
      const name = typeof value === 'number' ? (this.#strings.text(value) ?? '') : value;
      characters += name.length;
      if (characters > MAX_NAME_CHARACTERS) throw tooLarge('The names in the header of the sheet are too long.');
      names[column] = name;
    }
    return names;
  }

  get facts(): TableFacts {
    return {
      header_row: this.#header?.number ?? null,
      rows_above_header: this.#above,
      hidden_rows: this.#hidden,
      blank_rows: this.#blank,
      issues: this.#issues,
    };
  }

  #detect(): void {
    const rows = this.#head;
    this.#head = [];
    const index = guessHeaderRow(
      rows.map((row) => ({ cells: row.values.length, texts: row.values.filter(isText).length })),
    );
    this.#above = index;
    const header = rows[index];
    this.#decided = true;
    if (header) this.#decide(header);
    for (const row of rows.slice(index + 1)) this.#spoolRow(row);
  }

  #decide(header: SheetRow | null): void {
    if (!header) {
      throw refuseFile('no_table', `Row ${this.#choice} of the sheet is empty; it cannot be the header.`);
    }
    this.#decided = true;
    this.#header = header;
    this.#last = header.number;
  }

  #spoolRow(row: SheetRow): void {
    if (row.number > this.#last + 1) this.#blank += row.number - this.#last - 1;
    this.#last = Math.max(this.#last, row.number);
    if (row.hidden) this.#hidden += 1;
    this.#issues += row.issues.length;
    let next = 0;
    for (const [index, column] of row.columns.entries()) {
      for (; next < column; next += 1) this.#spool.value(null);
      const value = row.values[index] ?? null;
      const written = typeof value === 'number' ? this.#strings.written(value) : null;
      if (written) this.#spool.written(written);
      else this.#spool.value(typeof value === 'number' ? null : value);
      next += 1;
    }
    this.#spool.endRow(row.issues);
  }
}

function isText(value: SheetValue | null): boolean {
  return typeof value === 'number' || (value !== null && !/^[-\d.:T]+$|^true$|^false$/.test(value));
}
