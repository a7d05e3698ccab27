import type { ImporterField } from '../../domain/importer.ts';
import type { RowIssue } from '../../domain/record.ts';
import { shorten } from '../shorten.ts';
import type { Fault } from './fault.ts';

/** What is wrong with a value, as a person is told: in words of the rule, else of the field, else in ours. */
export function issueOf(field: ImporterField, fault: Fault, value: string): RowIssue {
  const own = field.messages?.invalid;
  const message =
    fault.message ?? (own === undefined ? `The ${field.name} ${fault.reason}` : filled(own, field, value));
  const issue = { field: field.name, code: fault.code, message, value: shown(value), fatal: true };
  const expected = field.messages?.expected ?? fault.expected;
  return expected === null ? issue : { ...issue, expected: shorten(expected) };
}

/** A field that has to have a value and has none. */
export function missingIssue(field: ImporterField): RowIssue {
  const own = field.messages?.required;
  const message = own === undefined ? `The ${field.name} field is required.` : filled(own, field, '');
  return { field: field.name, code: 'missing_required', message, value: null, fatal: true };
}

/** A value that another row of the file has, too. */
export function repeatedIssue(field: ImporterField, value: string): RowIssue {
  const rule = field.validations.find((one) => one.rule === 'unique');
  const own = field.messages?.duplicate;
  const told = own === undefined ? `The ${field.name} is there more than once in the file.` : filled(own, field, value);
  return {
    field: field.name,
    code: 'duplicate',
    message: rule?.errorMessage ?? told,
    value: shown(value),
    fatal: true,
  };
}

/** A value that refers to a record that is not there. */
export function unknownIssue(field: ImporterField, value: string, ours: string): RowIssue {
  const own = field.messages?.unknown;
  const message = own === undefined ? ours : filled(own, field, value);
  return { field: field.name, code: 'reference_missing', message, value: shown(value), fatal: true };
}

/** Fields of which at least one has to have a value, and none has. */
export function noneOfIssue(names: readonly string[]): RowIssue {
  const message = `One of the fields ${names.join(', ')} is required.`;
  return { field: null, code: 'missing_required', message, value: null, fatal: true };
}

/** A sentence with its places filled, in one pass, so that what fills one is not looked at again. */
function filled(sentence: string, field: ImporterField, value: string): string {
  return sentence.replaceAll(/:attribute|:value/gu, (place) => (place === ':value' ? shown(value) : field.name));
}

/** A value as an issue keeps it: not too long, and without the one character that PostgreSQL keeps in no text. */
export function shown(value: string): string {
  return shorten(value).replaceAll('\0', '\ufffd');
}
