import type { ImporterField, ImporterFieldType } from '../../domain/importer.ts';
import { plainField, TARGET_TYPES } from '../../domain/importer.ts';
import type { FieldType, TargetField } from '../../domain/target.ts';
import { conversion } from '../convert.ts';
import type { FieldsPlan } from './fields-plan.ts';
import { Fault, orFault } from './fault.ts';
import { schemaReader, valueReader } from './read-value.ts';
import type { ValueReader } from './read-value.ts';
import { isOwnRule, valueRules } from './rules.ts';
import type { ValueRule } from './rules.ts';

const NEVER = (): boolean => false;
const NOT_STORABLE = new Fault('invalid_format', 'contains a character that cannot be stored.');

/** How one field of a target is filled. */
export interface Step {
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

/** What fills a field of the target, and how. */
export function stepFor(target: TargetField, plan: FieldsPlan): Step {
  const at = plan.fields.findIndex(({ name }) => name === target.name);
  const field = plan.fields[at] ?? plainField(target.name);
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
    rules: valueRules(field),
    ownMessage: field.validations.find((one) => isOwnRule(one.rule, field.type))?.errorMessage ?? null,
    convert,
    otherwise: defaultOf(field, convert),
    isRequired: field.required || (target.required && asked),
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
  const read = schemaReader(field).read(String(field.default));
  const value = typeof read === 'string' ? (convert?.(read) ?? read) : read;
  if (typeof value !== 'string') throw new Error(`the default of ${field.name} ${value.reason}`);
  return value;
}

/** The value as it is kept, null when there is none, or the first thing that is wrong with it. */
export function valueOf(step: Step, text: string): string | null | Fault {
  const { reader, rules, convert } = step;
  if ((reader.blankIsNone || step.isRequired) && text.trim() === '') return reader.blankIsNone ? step.otherwise : null;
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
