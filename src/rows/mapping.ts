import { MAX_ISSUE_VALUE } from '../domain/record.ts';
import type { RowIssue } from '../domain/record.ts';
import type { SourceRow } from '../domain/source.ts';
import type { ColumnFamily } from '../domain/source-schema.ts';
import type { TargetField, TargetSpec } from '../domain/target.ts';
import { conversion } from './convert.ts';
import type { Convert } from './convert.ts';

/** A column of the source's rows and the target field it fills. */
export interface MappedColumn {
  readonly field: string;
  readonly family: ColumnFamily;
}

/** A source row as values of the target's fields, in their order, with what is wrong with it. */
export interface MappedRow {
  readonly values: (string | null)[];
  readonly issues: readonly RowIssue[];
}

export type MapRow = (row: SourceRow) => MappedRow;

const NO_ISSUES: readonly RowIssue[] = [];

/**
 * Compiles how rows of a source become values of a target. A field that no column fills stays null; of two columns that
 * fill one field the later wins. Empty text is a value of a text field and no value of any other, nor an identity.
 */
export function compileMapping(spec: TargetSpec, columns: readonly MappedColumn[]): MapRow {
  const steps = spec.fields.map((field) => step(field, columns, spec.identity.includes(field.name)));
  const required = spec.fields.flatMap((field, index) => (field.required ? [{ field, index }] : []));
  const anyOf = spec.anyOf.map((name) => spec.fields.findIndex((field) => field.name === name));

  return (row) => {
    const values: (string | null)[] = [];
    let issues: RowIssue[] | null = null;
    for (const { column, convert, emptyIsNone, field } of steps) {
      const value = column < 0 ? null : (row[column] ?? null);
      if (value === null || (value === '' && emptyIsNone)) {
        values.push(null);
        continue;
      }
      const converted = convert === null ? value : convert(value);
      if (typeof converted === 'string') {
        values.push(converted);
      } else {
        values.push(null);
        const message = `The ${field.name} field ${converted.reason}`;
        (issues ??= []).push({ field: field.name, code: converted.code, message, value: shorten(value), fatal: true });
      }
    }
    for (const { field, index } of required) {
      const told = issues?.some((issue) => issue.field === field.name) === true;
      if (!told && isMissing(values[index]))
        (issues ??= []).push(missing(field.name, `The ${field.name} field is required.`));
    }
    if (anyOf.length > 0 && anyOf.every((index) => isMissing(values[index]))) {
      (issues ??= []).push(missing(null, `One of the fields ${spec.anyOf.join(', ')} is required.`));
    }
    return { values, issues: issues ?? NO_ISSUES };
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

function isMissing(value: string | null | undefined): boolean {
  return value === null || value === undefined || value.trim() === '';
}

function missing(field: string | null, message: string): RowIssue {
  return { field, code: 'missing_required', message, value: null, fatal: true };
}

/** A value as an issue shows it; never cut in the middle of a character. */
export function shorten(value: string): string {
  if (value.length <= MAX_ISSUE_VALUE) return value;
  return `${value.slice(0, MAX_ISSUE_VALUE - 1).replace(HALF_A_CHARACTER, '')}…`;
}

const HALF_A_CHARACTER = /[\ud800-\udbff]$/;
