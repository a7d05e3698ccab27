import type { ImporterField } from '../../domain/importer.ts';
import { readBoolean } from './boolean.ts';
import { datePattern } from './date-pattern.ts';
import type { DateFormat } from './date-evidence.ts';
import type { DatePattern } from './date-pattern.ts';
import { MAX_DATE_LENGTH } from './read-date.ts';
import { readDay, readPattern } from './read-day.ts';
import { isEmail, isPlainEmail } from './email.ts';
import { Fault } from './fault.ts';
import { plainFormats } from './format-evidence.ts';
import type { ColumnFormat } from './format-evidence.ts';
import { jsonFault } from './json.ts';
import { isPhone, isPlainPhone, isSpoiltPhone } from './phone.ts';
import { isPlainDay, isPlainDecimal, isPlainInteger } from './plain-bytes.ts';
import { readAmount } from './read-amount.ts';
import { isPlainUrl, isUrl } from './url.ts';

/** How values of a field's type are read. */
export interface ValueReader {
  /** Whether bytes plainly are such a value, and what is to be kept of it; null: every text is. */
  readonly plain: ((bytes: Buffer, start: number, length: number) => boolean) | null;
  /** The text PostgreSQL would print for the value, or what is wrong with it. */
  readonly read: (text: string) => string | Fault;
  /** Whether nothing but blanks is no value. */
  readonly blankIsNone: boolean;
}

const SHOWN_VALUES = 20;
const NEVER = (): boolean => false;

/**
 * How values of a field are read.
 * @param format how its column is written; null when that is not known, and then only what can be read one way is read
 */
export function valueReader(field: ImporterField, format: ColumnFormat | null): ValueReader {
  switch (field.type) {
    case 'string':
      return { plain: null, read: (text) => text, blankIsNone: false };
    case 'email':
      return trimmed(isPlainEmail, isEmail, MUST_BE_EMAIL);
    case 'url':
      return trimmed(isPlainUrl, isUrl, MUST_BE_URL);
    case 'phone':
      return trimmed(isPlainPhone, isPhone, (text) => (isSpoiltPhone(text) ? SPOILT_PHONE : MUST_BE_PHONE));
    case 'enum':
      return oneOf(field.values);
    case 'boolean':
      return { plain: NEVER, read: (text) => readBoolean(text.trim()) ?? MUST_BE_BOOLEAN, blankIsNone: true };
    case 'json':
      return { plain: NEVER, read: readJson, blankIsNone: true };
    case 'integer':
    case 'number':
      return numberReader(field.type === 'integer', format);
    case 'date':
    case 'datetime':
      return dateReader(field, format);
  }
}

export const MUST_BE_EMAIL = new Fault('invalid_format', 'must be a valid email address.', 'name@example.com');
export const MUST_BE_URL = new Fault('invalid_format', 'must be a valid URL.', 'https://example.com/');
const MUST_BE_PHONE = new Fault('invalid_format', 'must be a valid phone number.', '+62 812 3456 7890');
const SPOILT_PHONE = new Fault(
  'invalid_format',
  'was made a number by a spreadsheet; write it as text, with all its digits.',
  '+62 812 3456 7890',
);
const MUST_BE_BOOLEAN = new Fault('invalid_format', 'must be true or false.', 'true, false');

/** How a schema's own values are read, its defaults and lists: as JSON and ISO have them, whatever a file looks like. */
export function schemaReader(field: ImporterField): ValueReader {
  const anyForm = { ...field, validations: field.validations.filter(({ rule }) => rule !== 'date_format') };
  return valueReader(anyForm, plainFormats([field])[0] ?? null);
}

/** A value that has a form of its own, to which blanks around it do not belong. */
function trimmed(
  plain: (bytes: Buffer, start: number, length: number) => boolean,
  fits: (text: string) => boolean,
  fault: Fault | ((text: string) => Fault),
): ValueReader {
  const read = (given: string): string | Fault => {
    const text = given.trim();
    if (fits(text)) return text;
    return fault instanceof Fault ? fault : fault(text);
  };
  return { plain, read, blankIsNone: true };
}

function oneOf(values: readonly string[]): ValueReader {
  const known = new Set(values);
  const fault = mustBeOneOf(values);
  return {
    plain: (bytes, start, length) => known.has(bytes.toString('utf8', start, start + length)),
    read: (given) => (known.has(given) ? given : known.has(given.trim()) ? given.trim() : fault),
    blankIsNone: true,
  };
}

export function mustBeOneOf(values: readonly string[]): Fault {
  const more = values.length > SHOWN_VALUES ? ` and ${values.length - SHOWN_VALUES} more` : '';
  const list = values.slice(0, SHOWN_VALUES).join(', ') + more;
  return new Fault('invalid_format', `must be one of: ${list}.`, list);
}

function readJson(text: string): string | Fault {
  const reason = jsonFault(text);
  return reason === null ? text : new Fault('invalid_format', reason, 'JSON');
}

function numberReader(whole: boolean, format: ColumnFormat | null): ValueReader {
  const known = format?.kind === 'number' ? format : null;
  const plainDecimals = !whole && known?.mark === '.';
  return {
    plain: plainDecimals ? isPlainDecimal : isPlainInteger,
    read: (text) => readAmount(text, whole, known),
    blankIsNone: true,
  };
}

function dateReader(field: ImporterField, format: ColumnFormat | null): ValueReader {
  const hasTime = field.type === 'datetime';
  const pattern = patternOf(field);
  const known = format?.kind === 'date' ? format : null;
  if (pattern !== null) {
    const iso = !hasTime && ISO_PATTERNS.has(pattern.text);
    const read = (text: string): string | Fault => readPattern(text, pattern, known, hasTime);
    return { plain: iso ? isPlainDay : NEVER, read: hasTime ? read : remembered(read), blankIsNone: true };
  }
  return {
    plain: hasTime || (known?.serials ?? null) !== null ? NEVER : isPlainDay,
    read: hasTime ? momentReader(known) : remembered((text) => readDay(text, known, false)),
    blankIsNone: true,
  };
}

const MOMENT = /^(\d{1,4}[./-]\d{1,2}[./-]\d{1,4})[ T]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?$/u;

/** Reads moments: a file has many rows and few days, so the day of one that ends in a plain time of day is remembered. */
function momentReader(known: DateFormat | null): ValueReader['read'] {
  // Numbers of a spreadsheet are days and times at once.
  if (known !== null && known.serials !== null) return (text) => readDay(text, known, true);
  const dayOf = remembered((text) => readDay(text, known, false));
  return (text) => {
    const [, day, time, seconds = ':00'] = MOMENT.exec(text) ?? [];
    const read = day === undefined ? null : dayOf(day);
    return typeof read === 'string' ? `${read} ${time}${seconds}+00` : readDay(text, known, true);
  };
}

/** Keeps what short texts were read as, a bounded number of them. */
function remembered(read: ValueReader['read']): ValueReader['read'] {
  const known = new Map<string, string | Fault>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size >= MOST_REMEMBERED) known.clear();
    if (text.length <= MAX_DATE_LENGTH) known.set(text, value);
    return value;
  };
}

const MOST_REMEMBERED = 10_000;

const ISO_PATTERNS: ReadonlySet<string> = new Set(['YYYY-MM-DD', 'yyyy-mm-dd', 'yyyy-MM-dd', '%Y-%m-%d', '%F']);

/** The form that a field's rule prescribes for its days; null for none. */
function patternOf({ name, validations }: ImporterField): DatePattern | null {
  const rule = validations.find((one) => one.rule === 'date_format');
  if (!rule) return null;
  const pattern = datePattern(String(rule.value));
  if ('mistake' in pattern) throw new Error(`the date_format of ${name} ${pattern.mistake}`);
  return pattern;
}
