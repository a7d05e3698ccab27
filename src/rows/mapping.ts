import type { RowIssue } from '../domain/record.ts';
import type { RowBlock } from '../domain/row-block.ts';
import type { ColumnFamily, FoundBy } from '../domain/source-schema.ts';
import { identityFields, SOURCE_KEY } from '../domain/target.ts';
import type { TargetField, TargetSpec } from '../domain/target.ts';
import { conversion, foundBy } from './convert.ts';
import type { Convert } from './convert.ts';
import { FinalDraft } from './candidate.ts';
import type { RowHead } from './candidate.ts';
import { ByteWriter } from './byte-writer.ts';
import { takePacked } from './packed-memory.ts';
import { directoryDraft, isDirectory } from './directory-draft.ts';
import { Misfit } from './misfit.ts';
import { shorten } from './shorten.ts';

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
 * A value that is kept as it came goes from the source's bytes into the packed row and is never made a string.
 *
 * @param identifierField the field whose value identifies a row, or the name of several that do so together: the
 *   identifier is a JSON array of their values then; `SOURCE_KEY` is a column that fills no field
 */
export function compileMapping(
  spec: TargetSpec,
  columns: readonly MappedColumn[],
  identifierField: string | null,
): MapRows {
  const steps = spec.fields.map((field) => step(field, columns, spec.identity.includes(field.name)));
  const missingIssues = compileMissing(spec, steps);
  const identifying = spec.fields.findIndex((field) => field.name === identifierField);
  const together = identifying < 0 && identifierField !== null ? placesOf(spec, identityFields(identifierField)) : [];
  const keyed = identifierField === SOURCE_KEY ? columns.findIndex(({ field }) => field === SOURCE_KEY) : -1;
  const writer = new ByteWriter();
  /** Whether what was written of each field says nothing: no value, or nothing but blanks. */
  const missing = steps.map(() => true);

  const write = (rows: RowBlock, row: number): RowHead => {
    let identifier = keyed < 0 ? null : rows.value(row, keyed);
    let issues: RowIssue[] | null = null;
    for (let index = 0; index < steps.length; index++) {
      const { column, convert, emptyIsNone, field, blankIsNone } = steps[index] as Step;
      const cell = (row * rows.width + column) * 2;
      const length = column < 0 ? -1 : (rows.cells[cell + 1] ?? -1);
      missing[index] = true;
      if (length < 0 || (length === 0 && emptyIsNone)) {
        writer.null();
        continue;
      }
      const start = rows.cells[cell] ?? 0;
      if (convert === null && writer.utf8(rows.bytes, start, length)) {
        if (index === identifying) identifier = rows.value(row, column);
        missing[index] = blankIsNone && isBlank(rows.bytes, start, length);
        continue;
      }
      const value = rows.value(row, column) ?? '';
      const converted = convert === null ? NOT_TEXT : convert(value);
      if (typeof converted === 'string') {
        writer.text(converted);
        if (index === identifying) identifier = converted;
        missing[index] = blankIsNone && converted.trim() === '';
      } else {
        writer.null();
        const message = `The ${field.name} field ${converted.reason}`;
        (issues ??= []).push({ field: field.name, code: converted.code, message, value: shorten(value), fatal: true });
      }
    }
    const lacking = missingIssues(missing, issues ?? NO_ISSUES);
    if (lacking !== null) issues = [...(issues ?? NO_ISSUES), ...lacking];
    return { identifier, issues: issues ?? NO_ISSUES };
  };

  return (rows) => {
    const heads: RowHead[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      heads.push(write(rows, row));
      ends.push(writer.length);
    }
    const packed = takePacked(writer);
    const drafts = heads.map((head, row) => new FinalDraft(head, packed, ends[row - 1] ?? 0, ends[row] ?? 0));
    if (isDirectory(spec)) return drafts.map((draft) => directoryDraft(spec, draft));
    return together.length === 0 ? drafts : drafts.map((draft) => identifiedTogether(draft, together));
  };
}

/** By what a source finds again the values that filled fields. */
export function foundByFields(spec: TargetSpec, columns: readonly MappedColumn[]): Map<string, FoundBy> {
  const types = new Map(spec.fields.map(({ name, type }) => [name, type]));
  return new Map(columns.map(({ field, family }) => [field, foundBy(family, types.get(field) ?? 'text')]));
}

/** The row known by the values of several fields; one of which it has none for identifies nothing. */
function identifiedTogether(draft: FinalDraft, places: readonly number[]): FinalDraft {
  const { values, bytes, start, end, issues } = draft;
  const parts = places.map((place) => values[place] ?? null);
  const identifier = parts.includes(null) ? null : JSON.stringify(parts);
  return new FinalDraft({ identifier, issues }, bytes, start, end);
}

function placesOf(spec: TargetSpec, names: readonly string[]): number[] {
  const places = names.map((name) => spec.fields.findIndex((field) => field.name === name));
  return places.includes(-1) ? [] : places;
}

/** Compiles what a row must not lack; a field whose value was refused is not told to be missing as well. */
function compileMissing(
  spec: TargetSpec,
  steps: readonly Step[],
): (missing: readonly boolean[], issues: readonly RowIssue[]) => RowIssue[] | null {
  // What a row of somebody else's table must have is only told when it is made; what is not mapped is left as it is.
  const asked = (index: number): boolean => spec.own === undefined || (steps[index]?.column ?? -1) >= 0;
  const required = spec.fields.flatMap((field, index) => (field.required && asked(index) ? [{ field, index }] : []));
  const anyOf = spec.anyOf.map((name) => spec.fields.findIndex((field) => field.name === name));
  return (missing, issues) => {
    let found: RowIssue[] | null = null;
    for (const { field, index } of required) {
      if (missing[index] === true && !issues.some((issue) => issue.field === field.name))
        (found ??= []).push(missingIssue(field.name, `The ${field.name} field is required.`));
    }
    if (anyOf.length > 0 && anyOf.every((index) => missing[index] === true))
      (found ??= []).push(missingIssue(null, `One of the fields ${spec.anyOf.join(', ')} is required.`));
    return found;
  };
}

interface Step {
  readonly field: TargetField;
  /** Index into the source row; -1 when nothing fills the field. */
  readonly column: number;
  readonly convert: Convert | null;
  readonly emptyIsNone: boolean;
  /** Nothing but blanks is no value where one is required; for a table of somebody else's only null is none. */
  readonly blankIsNone: boolean;
}

function step(field: TargetField, columns: readonly MappedColumn[], identifies: boolean): Step {
  const column = columns.findLastIndex((candidate) => candidate.field === field.name);
  const family = columns[column]?.family;
  const convert = family === undefined ? null : conversion(family, field.type);
  return {
    field,
    column,
    convert,
    emptyIsNone: field.type !== 'text' || identifies,
    blankIsNone: field.own === undefined,
  };
}

/** Whether a value is nothing but blanks; most are known by their first byte not to be. */
function isBlank(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start] ?? 0;
  if (length > 0 && first > SPACE && first < NOT_ASCII) return false;
  return bytes.toString('utf8', start, start + length).trim() === '';
}

function missingIssue(field: string | null, message: string): RowIssue {
  return { field, code: 'missing_required', message, value: null, fatal: true };
}
