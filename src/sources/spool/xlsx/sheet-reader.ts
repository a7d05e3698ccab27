import type { SpoolLimits } from '../limits.ts';
import { refuseFile, shown, tooLarge } from '../refusal.ts';
import type { CellIssue } from '../spooled.ts';
import { columnName, columnOf } from './cell-reference.ts';
import { cellValue } from './cell-value.ts';
import type { DateKind } from './number-format.ts';
import { attributeOf, isTrue } from './read-xml.ts';
import type { XmlAttributes, XmlListener } from './read-xml.ts';
import { RichText } from './rich-text.ts';
import type { DateSystem } from './serial-date.ts';
import type { SharedStrings } from './shared-strings.ts';

/** A cell's text, or the number of a shared one. */
export type SheetValue = string | number;

/** A row of the sheet with at least one cell that holds something. */
export interface SheetRow {
  /** From 1. */
  readonly number: number;
  readonly hidden: boolean;
  /** Columns of `values`, from 0, ascending; a value is null where there is an issue. */
  readonly columns: readonly number[];
  readonly values: readonly (SheetValue | null)[];
  readonly issues: readonly CellIssue[];
}

export interface SheetContext {
  readonly strings: SharedStrings;
  readonly styles: readonly DateKind[];
  readonly dateSystem: DateSystem;
  readonly limits: SpoolLimits;
}

/** Things about a sheet that its rows do not show. */
export interface SheetFacts {
  readonly hidden_columns: readonly string[];
  readonly merged_ranges: number;
  readonly formulas: number;
  readonly formulas_without_result: number;
  readonly error_cells: number;
}

const MAX_HIDDEN_TOLD = 100;

/** Listens to a worksheet's XML and hands on its rows. Cells without a reference follow the one before them. */
export class SheetReader implements XmlListener {
  readonly #context: SheetContext;
  readonly #onRow: (row: SheetRow) => void;
  readonly pause: () => Promise<void>;
  readonly #rich = new RichText();
  #inData = false;
  #row = 0;
  #hidden = false;
  #columns: number[] = [];
  #values: (SheetValue | null)[] = [];
  #issues: CellIssue[] = [];
  #ordered = true;
  #characters = 0;
  #cells = 0;
  #column = -1;
  #type = 'n';
  #style = 0;
  #formula = false;
  #inValue = false;
  #inRich = false;
  #raw = '';
  #hiddenColumns: string[] = [];
  #merged = 0;
  #formulas = 0;
  #withoutResult = 0;
  #errors = 0;

  /** `pause` is called now and then between rows or cells, when there is time to write out what came together. */
  constructor(context: SheetContext, onRow: (row: SheetRow) => void, pause: () => Promise<void>) {
    this.#context = context;
    this.#onRow = onRow;
    this.pause = pause;
  }

  get facts(): SheetFacts {
    return {
      hidden_columns: this.#hiddenColumns,
      merged_ranges: this.#merged,
      formulas: this.#formulas,
      formulas_without_result: this.#withoutResult,
      error_cells: this.#errors,
    };
  }

  open(name: string, attributes: XmlAttributes): void {
    if (this.#inData) this.#openInData(name, attributes);
    else if (name === 'sheetData') this.#inData = true;
    else if (name === 'mergeCell') this.#merged += 1;
    else if (name === 'col' && isTrue(attributeOf(attributes, 'hidden'))) this.#hideColumns(attributes);
  }

  text(text: string): void {
    if (this.#inValue) {
      this.#raw += text;
      this.#count(text.length);
    } else if (this.#inRich) this.#rich.text(text);
  }

  close(name: string): void {
    if (!this.#inData) return;
    if (this.#inRich && name !== 'is') this.#rich.close(name);
    else if (name === 'v') this.#inValue = false;
    else if (name === 'c') this.#endCell();
    else if (name === 'row') this.#endRow();
    else if (name === 'is') this.#endRich();
    else if (name === 'sheetData') this.#inData = false;
  }

  #openInData(name: string, attributes: XmlAttributes): void {
    if (this.#inRich) this.#rich.open(name);
    else if (name === 'c') this.#startCell(attributes);
    else if (name === 'v') this.#inValue = true;
    else if (name === 'f') this.#formula = true;
    else if (name === 'is') {
      this.#inRich = true;
      this.#rich.start();
    } else if (name === 'row') this.#startRow(attributes);
  }

  #startRow(attributes: XmlAttributes): void {
    const number = Number(attributes['r'] ?? this.#row + 1);
    if (!Number.isSafeInteger(number) || number < 1) throw misplaced(attributes['r'] ?? '');
    this.#row = number;
    this.#hidden = isTrue(attributes['hidden']);
    this.#column = -1;
    this.#characters = 0;
    this.#cells = 0;
  }

  #startCell(attributes: XmlAttributes): void {
    const reference = attributes['r'];
    const column = reference === undefined ? this.#column + 1 : columnOf(reference);
    if (column < 0 || column >= this.#context.limits.columns) throw misplaced(reference ?? columnName(column));
    // Cells may come twice in one place, and a row without an end of such cells would be held in memory.
    this.#cells += 1;
    if (this.#cells > this.#context.limits.columns) {
      throw refuseFile('damaged', `Row ${this.#row} of the sheet has more cells than there are columns.`);
    }
    if (column <= this.#column) this.#ordered = false;
    this.#column = column;
    this.#type = attributes['t'] ?? 'n';
    this.#style = Number(attributes['s'] ?? 0);
    this.#formula = false;
    this.#raw = '';
  }

  #endRich(): void {
    this.#inRich = false;
    this.#raw = this.#rich.end();
    this.#count(this.#raw.length);
  }

  #endCell(): void {
    if (this.#formula) this.#formulas += 1;
    if (this.#raw === '') {
      if (this.#formula && this.#type !== 'str') {
        this.#withoutResult += 1;
        this.#issue('invalid_format', 'The result of the formula is not stored in the file.', null);
      }
    } else if (this.#type === 's') this.#takeShared();
    else this.#takeOwn();
  }

  #takeShared(): void {
    const index = Number(this.#raw);
    const written = this.#context.strings.written(index);
    if (written === null) this.#issue('invalid_format', 'The text of the cell is missing in the file.', this.#raw);
    else if (written.length > 0) this.#take(index);
  }

  #takeOwn(): void {
    const kind = this.#context.styles[this.#style] ?? null;
    const value = cellValue(this.#type, this.#raw, kind, this.#context.dateSystem);
    if ('text' in value) {
      if (value.text !== null) this.#take(value.text);
      return;
    }
    if (this.#type === 'e') this.#errors += 1;
    this.#issue(value.code, value.problem, this.#raw);
  }

  #take(value: SheetValue | null): void {
    this.#columns.push(this.#column);
    this.#values.push(value);
  }

  #issue(code: CellIssue['code'], problem: string, value: string | null): void {
    const message = `${columnName(this.#column)}${this.#row}: ${problem}`;
    this.#take(null);
    this.#issues.push({ column: this.#column, code, message, value });
  }

  #endRow(): void {
    if (!this.#ordered) this.#order();
    if (this.#values.length > 0) {
      this.#onRow({
        number: this.#row,
        hidden: this.#hidden,
        columns: this.#columns,
        values: this.#values,
        issues: this.#issues,
      });
      this.#columns = [];
      this.#values = [];
      this.#issues = [];
    }
    this.#ordered = true;
  }

  /** Cells by their columns; of several in one place the last counts, as it does when they are opened one by one. */
  #order(): void {
    const last = new Map(this.#columns.map((column, index) => [column, this.#values[index] ?? null]));
    const cells = [...last].toSorted(([a], [b]) => a - b);
    this.#columns = cells.map(([column]) => column);
    this.#values = cells.map(([, value]) => value);
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.#context.limits.rowBytes) {
      throw tooLarge(`Row ${this.#row} of the sheet has more than ${this.#context.limits.rowBytes} characters.`);
    }
  }

  #hideColumns(attributes: XmlAttributes): void {
    const first = Number(attributeOf(attributes, 'min')) - 1;
    const last = Math.min(Number(attributeOf(attributes, 'max')), this.#context.limits.columns) - 1;
    for (let column = first; column <= last && this.#hiddenColumns.length < MAX_HIDDEN_TOLD; column += 1) {
      this.#hiddenColumns.push(columnName(column));
    }
  }
}

function misplaced(reference: string): Error {
  return refuseFile('damaged', `The sheet has a cell in a place that no sheet has: ${shown(reference)}.`);
}
