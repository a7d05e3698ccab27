import { isUtf8 } from 'node:buffer';
import type { SpoolLimits } from '../limits.ts';
import { refuseFile, tooLarge } from '../refusal.ts';
import type { RowSpool } from '../row-spool.ts';
import type { CellIssue } from '../spooled.ts';
import { parseRow } from './parse-row.ts';
import { longestValue } from './split-values.ts';
import type { JsonPiece } from './split-values.ts';

export interface JsonFacts {
  /** Rows that are not JSON, too long or deep, or no objects below one; each is an empty row with an issue. */
  readonly unreadable_rows: number;
  /** Members whose name an object has several times; the last one counts. */
  readonly repeated_members: number;
  /** The first rows with such. */
  readonly rows_with_repeated_members: readonly number[];
  /** Values with bytes or escapes that are no characters; they are null, with an issue. */
  readonly undecodable_values: number;
}

const MAX_TOLD = 100;
/** Of the names of all members together, which become the header. */
const MAX_NAME_CHARACTERS = 2 ** 22;

/** Spools the values of a JSON file as rows, and collects the names of their members. */
export class JsonTable {
  readonly #spool: RowSpool;
  readonly #limits: SpoolLimits;
  readonly #columns = new Map<string, number>();
  #nameCharacters = 0;
  #cells: (string | null)[] = [];
  #unreadable = 0;
  #repeated = 0;
  #repeatedRows: number[] = [];
  #undecodable = 0;
  #firstProblem: string | null = null;
  #hasObjects = false;

  constructor(spool: RowSpool, limits: SpoolLimits) {
    this.#spool = spool;
    this.#limits = limits;
  }

  get columns(): readonly string[] {
    return [...this.#columns.keys()];
  }

  get rows(): number {
    return this.#spool.rows;
  }

  get facts(): JsonFacts {
    return {
      unreadable_rows: this.#unreadable,
      repeated_members: this.#repeated,
      rows_with_repeated_members: this.#repeatedRows,
      undecodable_values: this.#undecodable,
    };
  }

  add(bytes: JsonPiece): void {
    if (bytes) this.#parse(bytes.toString(), isUtf8(bytes));
    else this.#unreadableRow(`The row has more than ${longestValue(this.#limits)} bytes.`, null);
  }

  /** Refuses a file without a single row that could be read. */
  end(): void {
    if (this.#unreadable === 0 || this.#unreadable < this.#spool.rows) return;
    throw refuseFile('not_this_format', `No row of the file is JSON. The first one: ${this.#firstProblem ?? ''}`);
  }

  #parse(text: string, utf8: boolean): void {
    let cells;
    try {
      cells = parseRow(text, this.#limits.depth);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#unreadableRow(`The row cannot be read as JSON: ${error.message}.`, text);
      return;
    }
    const isObject = text.trimStart().startsWith('{');
    if (this.#hasObjects && !isObject) {
      this.#unreadableRow('The row is not an object, as those before it are.', text);
      return;
    }
    this.#hasObjects ||= isObject;
    const issues: CellIssue[] = [];
    const seen = new Set<number>();
    this.#cells = [];
    for (const { name, text: value } of cells) {
      const column = this.#column(name);
      if (seen.has(column)) this.#repeat();
      seen.add(column);
      while (this.#cells.length <= column) this.#cells.push(null);
      this.#cells[column] = value;
    }
    for (const [column, value] of this.#cells.entries()) {
      if (value === null || isText(value, utf8)) this.#spool.value(value);
      else {
        this.#spool.value(null);
        this.#undecodable += 1;
        issues.push({
          column,
          code: 'invalid_format',
          message: 'The value has bytes or escapes that are no characters.',
          value,
        });
      }
    }
    this.#spool.endRow(issues);
  }

  #column(name: string): number {
    const text = name.toWellFormed();
    const known = this.#columns.get(text);
    if (known !== undefined) return known;
    if (this.#columns.size >= this.#limits.columns) {
      throw tooLarge(`The objects of the JSON file have more than ${this.#limits.columns} different members.`);
    }
    this.#nameCharacters += text.length;
    if (this.#nameCharacters > MAX_NAME_CHARACTERS)
      throw tooLarge('The names of members in the JSON file are too long.');
    this.#columns.set(text, this.#columns.size);
    return this.#columns.size - 1;
  }

  #repeat(): void {
    this.#repeated += 1;
    const row = this.#spool.rows + 1;
    if (this.#repeatedRows.length < MAX_TOLD && this.#repeatedRows.at(-1) !== row) this.#repeatedRows.push(row);
  }

  #unreadableRow(message: string, value: string | null): void {
    this.#unreadable += 1;
    this.#firstProblem ??= message;
    this.#spool.endRow([{ column: null, code: 'invalid_format', message, value }]);
  }
}

/** A replacement character is one of the file's own when all bytes of the row could be decoded. */
function isText(value: string, utf8: boolean): boolean {
  return value.isWellFormed() && (utf8 || !value.includes('\ufffd'));
}
