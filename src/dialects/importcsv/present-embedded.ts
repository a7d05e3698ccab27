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
  };
}

function presentField(field: ImporterField): object {
  const { name, label, required } = field;
  const options = optionsOf(field);
  return {
    id: name,
    name,
    ...(label === null ? {} : { label }),
    type: options === null ? field.type : 'select',
    required: required && field.default === null,
    validators: validatorsOf(field),
    ...(options === null ? {} : { options }),
  };
}

/** The texts among which a value is to be chosen, or null. */
function optionsOf({ type, values, validations }: ImporterField): readonly string[] | null {
  if (type === 'enum') return values;
  const list = validations.find(({ rule }) => rule === 'in')?.value;
  return type === 'string' && Array.isArray(list) ? list.map(String) : null;
}

/** What the widget can look at by itself, in its words; all else is looked at here. */
function validatorsOf(field: ImporterField): object[] {
  const required = field.required && field.default === null;
  return [
    ...(required ? [{ type: 'required' }] : []),
    ...(isUnique(field) ? [{ type: 'unique' }] : []),
    ...field.validations.flatMap((rule) => validatorOf(rule, field)),
  ];
}

function validatorOf({ rule, value, errorMessage }: FieldRule, { type }: ImporterField): object[] {
  const message = errorMessage === null ? {} : { message: errorMessage };
  switch (rule) {
    case 'min_length':
    case 'max_length':
      return [{ type: rule, value: Number(value), ...message }];
    case 'min':
    case 'max':
      // The widget compares numbers alone.
      return type === 'number' || type === 'integer' ? [{ type: rule, value: Number(value), ...message }] : [];
    case 'regex':
      return isPattern(String(value)) ? [{ type: rule, pattern: String(value), ...message }] : [];
    case 'email':
      return [{ type: 'regex', pattern: EMAIL, message: errorMessage ?? 'Invalid email address' }];
    default:
      return [];
  }
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
