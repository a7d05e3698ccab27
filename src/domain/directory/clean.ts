import { isUuid } from '../uuid.ts';
import type { DirectoryColumn } from './columns.ts';

/** A value as the store keeps it: a number only where it is exact, else its digits. Null: nothing was given. */
export type CleanValue = string | number | readonly string[] | null;

/** What became of a value: it is clean, or a sentence says why it cannot be. */
export type Cleaned = { readonly value: CleanValue } | { readonly mistake: string };

/** Control characters, among them NUL, which no database text can hold; blanks of all kinds are handled as blanks. */
const CONTROL = /[[\p{Cc}\p{Cs}]--\s]/gv;
const BLANKS = /\s+/gu;
/** Most texts are clean as they come. */
const CLEAN = /^[!-~]+(?: [!-~]+)*$/u;

/**
 * A text without blanks at its ends, with single blanks inside, in Unicode's composed form (NFC) and without control
 * characters; null when nothing is left.
 */
export function cleanText(text: string): string | null {
  if (CLEAN.test(text)) return text;
  const clean = text.replace(CONTROL, '').replace(BLANKS, ' ').trim().normalize('NFC');
  return clean === '' ? null : clean;
}

/** A text that is stored in lower case, clean. */
export function cleanLowerCase(text: string): string | null {
  return cleanText(text)?.toLowerCase().normalize('NFC') ?? null;
}

/** The items of a comma-separated list, clean, without empty ones and repetitions; null when none is left. */
export function splitList(text: string): string[] | null {
  return cleanList(text.split(','));
}

function cleanList(items: readonly string[]): string[] | null {
  const clean = new Set(items.map(cleanText).filter((item) => item !== null));
  return clean.size === 0 ? null : [...clean];
}

/**
 * Cleans what somebody gave for a column: a JSON value, or the text of a CSV cell.
 * Numbers are taken as numbers or as their digits (`500`, `"500"`, `"1,500"`), lists as lists or comma-separated text.
 */
export function cleanValue(column: DirectoryColumn, given: unknown): Cleaned {
  if (given === null || given === undefined) return { value: null };
  if (column.type === 'list') return cleanGivenList(column, given);
  if (column.type === 'integer') return cleanInteger(column, given);
  if (typeof given !== 'string') return { mistake: `${column.name} must be a text.` };
  const text = column.lowerCase ? cleanLowerCase(given) : cleanText(given);
  if (text === null) return { value: null };
  if (column.type === 'uuid') return cleanUuid(column, text);
  if (column.type === 'date' || column.type === 'time') return cleanDate(column, text);
  return { value: text };
}

function cleanGivenList({ name }: DirectoryColumn, given: unknown): Cleaned {
  if (typeof given === 'string') return { value: splitList(given) };
  if (!Array.isArray(given) || !given.every((item) => typeof item === 'string')) {
    return { mistake: `${name} must be a list of texts, or one text with commas between them.` };
  }
  return { value: cleanList(given) };
}

/** Digits, in groups of three or not, with a sign or not, and nothing behind the point but zeros. */
const WHOLE = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.0*)?$/u;
const LARGEST = 2n ** 63n - 1n;

function cleanInteger({ name }: DirectoryColumn, given: unknown): Cleaned {
  const mistake = { mistake: `${name} must be a whole number.` };
  if (typeof given === 'number') return Number.isSafeInteger(given) ? { value: given } : mistake;
  if (typeof given !== 'string') return mistake;
  const text = cleanText(given);
  if (text === null) return { value: null };
  const [, sign, digits] = WHOLE.exec(text) ?? [];
  if (digits === undefined || digits.length > 30) return mistake;
  const value = BigInt(digits.replaceAll(',', '')) * (sign === '-' ? -1n : 1n);
  if (value > LARGEST || value < -LARGEST) return { mistake: `${name} is too large.` };
  const exact = Number(value);
  return { value: Number.isSafeInteger(exact) ? exact : value.toString() };
}

/** Any version and variant: the digits that say so are not looked at. */
function cleanUuid({ name }: DirectoryColumn, text: string): Cleaned {
  return isUuid(text) ? { value: text.toLowerCase() } : { mistake: `${name} must be a uuid.` };
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/u;

function cleanDate({ name }: DirectoryColumn, text: string): Cleaned {
  return isDay(text) ? { value: text } : { mistake: `${name} must be a date like 2024-01-31.` };
}

/** Whether a text is a day of the calendar, as `2024-01-31`. */
export function isDay(text: string): boolean {
  if (!DAY.test(text) || text < '0001') return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
