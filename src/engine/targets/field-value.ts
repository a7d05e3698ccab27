import { readListText } from '../../domain/list-text.ts';
import type { FieldType, TargetField } from '../../domain/target.ts';
import { isUuid } from '../../domain/uuid.ts';
import { conversion } from '../../rows/convert.ts';
import { Misfit } from '../../rows/misfit.ts';

/** A value of a record as it is shown: dates and times in ISO form, lists as lists, a number where a number is exact, else text. */
export type FieldValue = string | number | boolean | readonly string[] | null;

const PRINTED_TIME = /^(\d{4,}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?([+-]\d{2})(:\d{2})?$/u;

/** PostgreSQL's text of a value as it is shown. */
export function shownValue(type: FieldType, text: string | null): FieldValue {
  if (text === null) return null;
  switch (type) {
    case 'boolean':
      return text === 'true' || text === 't';
    case 'integer':
    case 'numeric':
      return exactNumber(text) ?? text;
    case 'timestamptz':
      return isoTime(text);
    case 'list':
      return readListText(text) ?? text;
    case 'text':
    case 'date':
    case 'uuid':
    case 'reference':
    case 'native':
      return text;
  }
}

/**
 * What somebody gave for a field as PostgreSQL's text, empty for nothing; or a sentence that says what is wrong.
 * Nothing is rounded, cut or guessed: the rules are those of imported rows.
 */
export function givenValue(field: TargetField, given: unknown): { text: string | null } | { mistake: string } {
  if (given === null || given === '') return { text: given === '' && field.type === 'text' ? '' : null };
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
    return { mistake: `The ${field.name} field must be a single value.` };
  }
  const fits = typeof given === 'string' || (typeof given === 'boolean' ? field.type === 'boolean' : isNumeric(field));
  if (!fits) return { mistake: `The ${field.name} field must be ${EXPECTED[field.type]}.` };
  const text = String(given);
  if (text.includes('\0')) return { mistake: `The ${field.name} field contains a character that cannot be stored.` };
  if (field.type === 'reference' && !field.own && !isUuid(text))
    return { mistake: `The ${field.name} field must be a record's id.` };
  const converted = conversion('text', field.type)?.(text) ?? text;
  if (converted instanceof Misfit) return { mistake: `The ${field.name} field ${converted.reason}` };
  return { text: converted };
}

const EXPECTED: Readonly<Record<FieldType, string>> = {
  text: 'a string',
  integer: 'an integer',
  numeric: 'a number',
  boolean: 'true or false',
  date: 'a date',
  timestamptz: 'a time',
  reference: "a record's id",
  uuid: 'a uuid',
  list: 'a list of strings',
  native: 'a string',
};

function isNumeric(field: TargetField): boolean {
  return field.type === 'integer' || field.type === 'numeric';
}

/** The number a decimal text stands for when a double holds it with all its digits, else null. */
function exactNumber(text: string): number | null {
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/u, '');
  return String(number) === (digits === '' ? whole : `${whole}.${digits}`) ? number : null;
}

/** A time in UTC: whole milliseconds as JavaScript prints them, finer ones with all their digits. */
function isoTime(text: string): string {
  const parts = PRINTED_TIME.exec(text);
  if (!parts) return text;
  const [, day, time, fraction = '', hours = '+00', minutes = ':00'] = parts;
  const digits = fraction.slice(1).padEnd(3, '0');
  const moment = new Date(`${day}T${time}${hours}${minutes}`);
  if (Number.isNaN(moment.getTime())) return text;
  return `${moment.toISOString().slice(0, -'000Z'.length)}${digits}Z`;
}
