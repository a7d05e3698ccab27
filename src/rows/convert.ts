import { splitList } from '../domain/directory/clean.ts';
import { listText, readListText } from '../domain/list-text.ts';
import type { ColumnFamily, FoundBy } from '../domain/source-schema.ts';
import type { FieldType } from '../domain/target.ts';
import { isUuid } from '../domain/uuid.ts';
import { toDate, toTimestamptz } from './convert-time.ts';
import { toInteger, toNumeric } from './convert-number.ts';
import { Misfit } from './misfit.ts';

/** Turns a source value into the text PostgreSQL itself would print for the field's type, or says why it cannot. */
export type Convert = (value: string) => string | Misfit;

const TRUE = new Set(['t', 'true', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['f', 'false', 'no', 'n', 'off', '0']);

function toBoolean(value: string): string | Misfit {
  const word = value.trim().toLowerCase();
  if (TRUE.has(word)) return 't';
  if (FALSE.has(word)) return 'f';
  return new Misfit('invalid_format', 'must be true or false.');
}

function toUuid(value: string): string | Misfit {
  const text = value.trim().toLowerCase();
  return isUuid(text) ? text : new Misfit('invalid_format', 'must be a uuid.');
}

/** The items of a comma-separated text. */
const toList = (value: string): string => listText(splitList(value) ?? []);

function fromArray(value: string): string | Misfit {
  const items = readListText(value);
  return items === null ? new Misfit('invalid_format', 'must be a list of texts.') : listText(items);
}

const booleanAsText = (value: string): string => (value === 't' ? 'true' : value === 'f' ? 'false' : value);

/**
 * The rule by which values of a source column become values of a field, or null where the text is taken as it came.
 * The rules, by name: text is kept; a `timestamp` without a zone is UTC; floats become exact decimals by their
 * shortest text; nothing is rounded, cut or guessed.
 */
export function conversion(from: ColumnFamily, to: FieldType): Convert | null {
  switch (to) {
    case 'text':
    case 'reference':
    case 'native':
      return from === 'boolean' ? booleanAsText : null;
    case 'uuid':
      return toUuid;
    case 'list':
      return from === 'array' ? fromArray : toList;
    case 'integer':
      return toInteger;
    case 'numeric':
      return toNumeric;
    case 'boolean':
      return toBoolean;
    case 'date':
      return toDate;
    case 'timestamptz':
      return toTimestamptz;
  }
}

/** By what a source finds again the values of its column that became values of a field. */
export function foundBy(from: ColumnFamily, to: FieldType): FoundBy {
  if (conversion(from, to) === null || from === to) return 'text';
  const exact = from === 'integer' || from === 'numeric';
  return exact && (to === 'integer' || to === 'numeric') ? 'number' : 'nothing';
}
