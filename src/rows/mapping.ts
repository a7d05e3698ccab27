import { isUtf8 } from 'node:buffer';
import { MAX_ISSUE_VALUE } from '../domain/record.ts';
import type { RowIssue } from '../domain/record.ts';
import type { RowBlock } from '../domain/row-block.ts';
import type { ColumnFamily } from '../domain/source-schema.ts';
import type { TargetField, TargetSpec } from '../domain/target.ts';
import { conversion } from './convert.ts';
import type { Convert } from './convert.ts';
import { FinalDraft } from './candidate.ts';
import type { RowHead } from './candidate.ts';
import { CopyText } from './copy-text.ts';
import { Misfit } from './misfit.ts';

/** A column of the source's rows and the target field it fills. */
export interface MappedColumn {
  readonly field: string;
  readonly family: ColumnFamily;
}

/** Makes drafts of all rows of a block, in their order. */
export type MapRows = (rows: RowBlock) => FinalDraft[];

const NO_ISSUES: readonly RowIssue[] = [];
const NOT_TEXT = new Misfit('invalid_format', 'must be text in UTF-8.');
const SPACE = 0x20;
const NOT_ASCII = 0x80;

/**
 * Compiles how rows of a source become values of a target. A field that no column fills stays null; of two columns that
 * fill one field the later wins. Empty text is a value of a text field and no value of any other, nor an identity.
 *
 * A value that is kept as it came goes from the source's bytes into the COPY line of its row and is never made a string.
 *
 * @param identifierField the field whose value identifies a row
 */
export function compileMapping(
  spec: TargetSpec,
  columns: readonly MappedColumn[],
  identifierField: string | null,
): MapRows {
  const steps = spec.fields.map((field) => step(field, columns, spec.identity.includes(field.name)));
  const required = spec.fields.flatMap((field, index) => (field.required ? [{ field, index }] : []));
  const anyOf = spec.anyOf.map((name) => spec.fields.findIndex((field) => field.name === name));
  const looksForMissing = required.length > 0 || anyOf.length > 0;
  const identifying = spec.fields.findIndex((field) => field.name === identifierField);
  const text = new CopyText();

  /** Whether what was written of a field says nothing: no value, or nothing but blanks. */
  const missing: boolean[] = [];

  const write = (rows: RowBlock, row: number, checked: boolean): RowHead => {
    let identifier: string | null = null;
    let issues: RowIssue[] | null = null;
    for (let index = 0; index < steps.length; index++) {
      const { column, convert, emptyIsNone, field } = steps[index] as Step;
      if (index > 0) text.tab();
      missing[index] = true;
      if (column < 0) {
        text.null();
        continue;
      }
      const cell = (row * rows.width + column) * 2;
      const start = rows.cells[cell] ?? 0;
      const length = rows.cells[cell + 1] ?? -1;
      if (length < 0 || (length === 0 && emptyIsNone)) {
        text.null();
        continue;
      }
      if (convert === null && !(checked && !isUtf8(rows.bytes.subarray(start, start + length)))) {
        text.escaped(rows.bytes, start, start + length);
        if (index === identifying) identifier = rows.value(row, column);
        if (looksForMissing) missing[index] = isBlank(rows, row, column, start, length);
        continue;
      }
      const value = rows.value(row, column) ?? '';
      const converted = convert === null ? NOT_TEXT : convert(value);
      if (typeof converted === 'string') {
        text.value(converted);
        if (index === identifying) identifier = converted;
        missing[index] = converted.trim() === '';
      } else {
        text.null();
        const message = `The ${field.name} field ${converted.reason}`;
        (issues ??= []).push({ field: field.name, code: converted.code, message, value: shorten(value), fatal: true });
      }
    }
    for (const { field, index } of required) {
      const told = issues?.some((issue) => issue.field === field.name) === true;
      if (!told && missing[index] === true)
        (issues ??= []).push(missingIssue(field.name, `The ${field.name} field is required.`));
    }
    if (anyOf.length > 0 && anyOf.every((index) => missing[index] === true)) {
      (issues ??= []).push(missingIssue(null, `One of the fields ${spec.anyOf.join(', ')} is required.`));
    }
    return { identifier, issues: issues ?? NO_ISSUES };
  };

  const writeAll = (
    rows: RowBlock,
    checked: boolean,
  ): { lines: Buffer; heads: readonly RowHead[]; ends: readonly number[] } => {
    const heads: RowHead[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      heads.push(write(rows, row, checked));
      ends.push(text.length);
    }
    return { lines: text.take(), heads, ends };
  };

  return (rows) => {
    const written = writeAll(rows, false);
    // A source without an encoding (SQL_ASCII) may hold bytes that are no text; then each value is looked at.
    const { lines, heads, ends } = isUtf8(written.lines) ? written : writeAll(rows, true);
    return heads.map((head, row) => new FinalDraft(head, lines, row === 0 ? 0 : (ends[row - 1] ?? 0), ends[row] ?? 0));
  };
}

interface Step {
  readonly field: TargetField;
  /** Index into the source row; -1 when nothing fills the field. */
  readonly column: number;
  readonly convert: Convert | null;
  readonly emptyIsNone: boolean;
}

function step(field: TargetField, columns: readonly MappedColumn[], identifies: boolean): Step {
  const column = columns.findLastIndex((candidate) => candidate.field === field.name);
  const family = columns[column]?.family;
  const convert = family === undefined ? null : conversion(family, field.type);
  return { field, column, convert, emptyIsNone: field.type !== 'text' || identifies };
}

/** Whether a value is nothing but blanks; most are known by their first byte not to be. */
function isBlank(rows: RowBlock, row: number, column: number, start: number, length: number): boolean {
  if (length === 0) return true;
  const first = rows.bytes[start] ?? 0;
  if (first > SPACE && first < NOT_ASCII) return false;
  return rows.value(row, column)?.trim() === '';
}

function missingIssue(field: string | null, message: string): RowIssue {
  return { field, code: 'missing_required', message, value: null, fatal: true };
}

/** A value as an issue shows it; never cut in the middle of a character. */
export function shorten(value: string): string {
  if (value.length <= MAX_ISSUE_VALUE) return value;
  return `${value.slice(0, MAX_ISSUE_VALUE - 1).replace(HALF_A_CHARACTER, '')}…`;
}

const HALF_A_CHARACTER = /[\ud800-\udbff]$/;
