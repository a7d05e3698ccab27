import type { FieldRule, ImporterField } from '../../domain/importer.ts';
import { isUnique } from '../../domain/importer.ts';
import type { ImporterView } from '../../engine/importers/importer-view.ts';

/** An importer as the widget reads it: its fields, and nothing of where it comes from, goes to or whose it is. */
export function presentEmbedded({ id, name, description, fields }: ImporterView): object {
  return {
    id,
    name,
    description,
    fields: fields.map(presentField),
    // What is no field's has nowhere to go.
    include_unmatched_columns: false,
    // The widget reads days and numbers as JavaScript does, so it doubts what is read here: it may say so, but all rows come.
    filter_invalid_rows: false,
    disable_on_invalid_rows: false,
  };
}

function presentField(field: ImporterField): object {
  const { name, label } = field;
  const options = optionsOf(field);
  return {
    id: name,
    name,
    ...(label === null ? {} : { label }),
    type: options === null ? field.type : 'select',
    required: mustBeGiven(field),
    validators: validatorsOf(field),
    ...(options === null ? {} : { options }),
  };
}

function mustBeGiven({ required, default: filler }: ImporterField): boolean {
  return required && filler === null;
}

/** The texts among which a value is to be chosen, or null. */
function optionsOf({ type, values, validations }: ImporterField): readonly string[] | null {
  if (type === 'enum') return values;
  const list = validations.find(({ rule }) => rule === 'in')?.value;
  return type === 'string' && Array.isArray(list) ? list.map(String) : null;
}

/** What the widget can look at by itself, in its words; all else is looked at here. */
function validatorsOf(field: ImporterField): object[] {
  return [
    ...(mustBeGiven(field) ? [{ type: 'required' }] : []),
    ...(isUnique(field) ? [{ type: 'unique' }] : []),
    ...(field.type === 'enum' ? [oneOf(field.values)] : []),
    ...field.validations.flatMap((rule) => validatorOf(rule, field)),
  ];
}

/** The widget takes an option in capitals for the same one; here it is another value. */
function oneOf(options: readonly string[]): object {
  const pattern = `^(?:${options.map((option) => option.replace(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)).join('|')})$`;
  return { type: 'regex', pattern, message: `Must be one of: ${options.join(', ')}` };
}

function validatorOf({ rule, value, errorMessage }: FieldRule, field: ImporterField): object[] {
  const message = errorMessage === null ? {} : { message: errorMessage };
  switch (rule) {
    case 'min_length':
    case 'max_length':
      return [{ type: rule, value: Number(value), ...message }];
    case 'min':
    case 'max':
      return isForWidget(rule, Number(value), field) ? [{ type: rule, value: Number(value), ...message }] : [];
    case 'regex':
      return isPattern(String(value)) ? [{ type: rule, pattern: String(value), ...message }] : [];
    case 'email':
      return [{ type: 'regex', pattern: EMAIL, message: errorMessage ?? 'Invalid email address' }];
    default:
      return [];
  }
}

/** Whether the widget can hold values to a bound: it compares numbers alone, and takes an empty cell for 0. */
function isForWidget(rule: 'min' | 'max', bound: number, field: ImporterField): boolean {
  if (field.type !== 'number' && field.type !== 'integer') return false;
  return mustBeGiven(field) || (rule === 'min' ? bound <= 0 : bound >= 0);
}

/** As the widget itself tells addresses. */
const EMAIL = String.raw`^[^\s@]+@[^\s@]+\.[^\s@]+$`;

/** Whether a browser reads a pattern, too: some are RE2's alone, and the widget would break on them. */
function isPattern(source: string): boolean {
  try {
    return new RegExp(source).source !== '';
  } catch {
    return false;
  }
}
