import { isUtf8 } from 'node:buffer';
import type { ImporterField, ImporterFieldType } from '../../domain/importer.ts';
import { TARGET_TYPES } from '../../domain/importer.ts';
import type { RowIssue } from '../../domain/record.ts';
import type { RowBlock } from '../../domain/row-block.ts';
import type { FieldType, TargetField, TargetSpec } from '../../domain/target.ts';
import { ByteWriter } from '../byte-writer.ts';
import { FinalDraft } from '../candidate.ts';
import type { RowHead } from '../candidate.ts';
import { conversion } from '../convert.ts';
import { cellIssues } from './cell-issues.ts';
import { Fault, orFault } from './fault.ts';
import type { ColumnFormats } from './format-evidence.ts';
import { issueOf, missingIssue, noneOfIssue } from './field-issue.ts';
import { valueReader } from './read-value.ts';
import type { ValueReader } from './read-value.ts';
import { isOwnRule, valueRules } from './rules.ts';
import type { ValueRule } from './rules.ts';

/** What is made of a file's rows. */
export interface FieldsPlan {
  /** Fields of an importer's schema, known in the target by their names; others are left out. */
  readonly fields: readonly ImporterField[];
  readonly spec: Pick<TargetSpec, 'fields' | 'anyOf' | 'own'>;
  /** For each field of the schema the column that fills it; null: none does. */
  readonly columns: readonly (number | null)[];
  /** For each field of the schema how its column is written; see `FormatEvidence`. */
  readonly formats: ColumnFormats;
  /** The fields whose values identify a row: one by its value, several by a JSON array of theirs. */
  readonly key: readonly string[];
  /** The column that says which cells of a row could not be read; null for a file without one. */
  readonly issuesColumn: number | null;
}

/** Makes drafts of all rows of a block, in their order, with what is wrong with each. */
export type MapFields = (rows: RowBlock) => FinalDraft[];

const NO_ISSUES: readonly RowIssue[] = [];
const NOT_TEXT = new Fault('invalid_format', 'must be text in UTF-8.');
const NOT_STORABLE = new Fault('invalid_format', 'contains a character that cannot be stored.');
const NEVER = (): boolean => false;
const SPACE = 0x20;
const NOT_ASCII = 0x80;

/**
 * Compiles how rows of a file become values of a target: converted by their fields' types, checked by their rules. An
 * empty cell is no value; a default fills it. Values that plainly are right go from the file's bytes into the packed row
 * and are never made a string; everything else is read with care. A row with something wrong is a draft with issues.
 */
export function compileFields(plan: FieldsPlan): MapFields {
  const steps = plan.spec.fields.map((target) => stepFor(target, plan));
  const anyOf = plan.spec.anyOf.map((name) => plan.spec.fields.findIndex((target) => target.name === name));
  const keyed = plan.key.map((name) => plan.spec.fields.findIndex((target) => target.name === name));
  if (keyed.includes(-1)) throw new Error(`the target has not all fields of the key ${plan.key.join(', ')}`);
  const isKey = plan.spec.fields.map((_, index) => keyed.includes(index));
  const writer = new ByteWriter();
  /** Whether each field has nothing to say: no value, or nothing but blanks. */
  const missing = steps.map(() => true);
  const keys: (string | null)[] = steps.map(() => null);

  const write = (rows: RowBlock, row: number, isStorable: boolean): RowHead => {
    let issues = plan.issuesColumn === null ? null : cellIssues(rows.value(row, plan.issuesColumn), plan);
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] as Step;
      const { column, plain, rules } = step;
      const cell = (row * rows.width + column) * 2;
      const length = column < 0 || column >= rows.width ? -1 : (rows.cells[cell + 1] ?? -1);
      const start = rows.cells[cell] ?? 0;
      const isKeyField = isKey[index] === true;
      missing[index] = true;
      if (isKeyField) keys[index] = null;
      if (length <= 0) {
        writer.text(step.otherwise);
        missing[index] = step.otherwise === null;
        if (isKeyField) keys[index] = step.otherwise;
        continue;
      }
      if (
        isStorable &&
        (plain === null || plain(rows.bytes, start, length)) &&
        (rules.length === 0 || keepsPlainly(rules, rows.bytes, start, length)) &&
        writer.utf8(rows.bytes, start, length)
      ) {
        if (isKeyField) keys[index] = rows.value(row, column);
        missing[index] = plain === null && isBlank(rows.bytes, start, length);
        continue;
      }
      const text = rows.bytes.toString('utf8', start, start + length);
      const value = isWellEncoded(text, rows.bytes, start, length) ? valueOf(step, text) : NOT_TEXT;
      if (value === null || typeof value === 'string') {
        writer.text(value);
        missing[index] = value === null || value.trim() === '';
        if (isKeyField) keys[index] = value;
      } else {
        writer.null();
        (issues ??= []).push(issueOf(step.field, value, text));
      }
    }
    for (const step of steps) {
      if (!step.isRequired || missing[step.place] !== true) continue;
      if (issues?.some((issue) => issue.field === step.field.name) !== true)
        (issues ??= []).push(missingIssue(step.field));
    }
    if (anyOf.length > 0 && anyOf.every((index) => missing[index] === true)) {
      (issues ??= []).push(noneOfIssue(plan.spec.anyOf));
    }
    return { identifier: identifierOf(keys, keyed), issues: issues ?? NO_ISSUES };
  };

  return (rows) => {
    const isStorable = !rows.bytes.includes(0);
    const heads: RowHead[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      heads.push(write(rows, row, isStorable));
      ends.push(writer.length);
    }
    const packed = writer.take();
    return heads.map((head, row) => new FinalDraft(head, packed, ends[row - 1] ?? 0, ends[row] ?? 0));
  };
}

interface Step {
  /** Where the field stands in the target. */
  readonly place: number;
  readonly field: ImporterField;
  /** Index into the file's row; -1 when nothing fills the field. */
  readonly column: number;
  readonly reader: ValueReader;
  readonly plain: ValueReader['plain'];
  readonly rules: readonly ValueRule[];
  /** What somebody wants said where a value is none of its type, having made a rule of that as well. */
  readonly ownMessage: string | null;
  /** What a value of the schema's type becomes where the target's is another. */
  readonly convert: ((value: string) => string | Fault) | null;
  /** What an empty cell becomes. */
  readonly otherwise: string | null;
  readonly isRequired: boolean;
}

function stepFor(target: TargetField, plan: FieldsPlan): Step {
  const at = plan.fields.findIndex(({ name }) => name === target.name);
  const field = plan.fields[at] ?? unfilled(target.name);
  const column = at < 0 ? -1 : (plan.columns[at] ?? -1);
  const reader = valueReader(field, plan.formats[at] ?? null);
  const convert = targetConversion(field.type, target.type);
  // What a row of somebody else's table must have is only told when it is made; what is not mapped is left as it is.
  const asked = plan.spec.own === undefined || column >= 0;
  return {
    place: plan.spec.fields.indexOf(target),
    field,
    column,
    reader,
    // What is converted once more does not lie in the target as it lies in the file.
    plain: convert === null ? reader.plain : NEVER,
    rules: valueRules(field, reader),
    ownMessage: field.validations.find((one) => isOwnRule(one.rule, field.type))?.errorMessage ?? null,
    convert,
    otherwise: defaultOf(field, convert),
    isRequired: field.required || (target.required && asked),
  };
}

/** A field of the target that the schema does not have. */
function unfilled(name: string): ImporterField {
  return {
    name,
    label: null,
    type: 'string',
    values: [],
    required: false,
    unique: false,
    default: null,
    aliases: [],
    validations: [],
  };
}

function targetConversion(from: ImporterFieldType, to: FieldType): Step['convert'] {
  if (TARGET_TYPES[from] === to) return null;
  const convert = conversion(from === 'boolean' ? 'boolean' : 'text', to);
  return convert === null ? null : (value) => orFault(convert(value));
}

/** A default as it is kept. It is written as JSON and ISO have it, whatever the file's columns look like. */
function defaultOf(field: ImporterField, convert: Step['convert']): string | null {
  if (field.default === null) return null;
  const read = defaultReader(field).read(String(field.default));
  const value = typeof read === 'string' ? (convert?.(read) ?? read) : read;
  if (typeof value !== 'string') throw new Error(`the default of ${field.name} ${value.reason}`);
  return value;
}

/** How a schema's own values are read, its defaults and bounds. */
export function defaultReader(field: ImporterField): ValueReader {
  const plain = field.validations.filter(({ rule }) => rule !== 'date_format');
  return valueReader({ ...field, validations: plain }, null);
}

function keepsPlainly(rules: readonly ValueRule[], bytes: Buffer, start: number, length: number): boolean {
  for (const { plain } of rules) if (!plain(bytes, start, length)) return false;
  return true;
}

/** The value as it is kept, null when there is none, or the first thing that is wrong with it. */
function valueOf(step: Step, text: string): string | null | Fault {
  const { reader, rules, convert } = step;
  if ((reader.blankIsNone || step.isRequired) && text.trim() === '') return step.otherwise;
  if (text.includes('\0')) return NOT_STORABLE;
  const value = reader.read(text);
  if (typeof value !== 'string') return value.told(step.ownMessage);
  const given = reader.blankIsNone ? text.trim() : text;
  for (const rule of rules) {
    const fault = rule.check(value, given);
    if (fault !== null) return fault;
  }
  return convert === null ? value : convert(value);
}

/** Bytes that are no UTF-8 decode to a character that a text may have by itself, so only then they are looked at again. */
function isWellEncoded(text: string, bytes: Buffer, start: number, length: number): boolean {
  return !text.includes('\ufffd') || isUtf8(bytes.subarray(start, start + length));
}

/** Whether a value is nothing but blanks; most are known by their first byte not to be. */
function isBlank(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start] ?? 0;
  if (first > SPACE && first < NOT_ASCII) return false;
  return bytes.toString('utf8', start, start + length).trim() === '';
}

/** What the row is known by; nothing when one of several values is missing. */
function identifierOf(keys: readonly (string | null)[], places: readonly number[]): string | null {
  const [first, ...more] = places;
  if (first === undefined) return null;
  if (more.length === 0) return keys[first] ?? null;
  const parts = places.map((place) => keys[place] ?? null);
  return parts.includes(null) ? null : JSON.stringify(parts);
}
