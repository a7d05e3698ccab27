import { shown } from '../refusal.ts';
import type { DateKind } from './number-format.ts';
import { serialText } from './serial-date.ts';
import type { DateSystem } from './serial-date.ts';

/** What a cell is: its text, or why it has none. */
export type CellValue =
  | { readonly text: string | null }
  | { readonly problem: string; readonly code: 'invalid_format' | 'out_of_range' };

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const WHOLE = /^-?\d+$/;
/** Digits that a double always keeps, and the most it takes to say one. */
const KEPT_DIGITS = 15;
const MOST_DIGITS = 17;

/** The value of a cell with stored text `raw`, by its type (`t`; shared strings are looked up elsewhere). */
export function cellValue(type: string, raw: string, kind: DateKind, system: DateSystem): CellValue {
  switch (type) {
    case 'n':
      return numberValue(raw.trim(), kind, system);
    case 'b':
      return booleanValue(raw.trim().toLowerCase());
    case 'e':
      return { problem: `The cell holds the error ${shown(raw.trim()) || 'of a formula'}.`, code: 'invalid_format' };
    default:
      return { text: raw === '' ? null : raw };
  }
}

function numberValue(raw: string, kind: DateKind, system: DateSystem): CellValue {
  if (raw === '') return { text: null };
  if (!NUMBER.test(raw)) return { problem: 'The cell is to hold a number, and does not.', code: 'invalid_format' };
  if (kind === null) return { text: numberText(raw) };
  const text = serialText(Number(raw), kind, system);
  if (text !== null) return { text };
  return { problem: 'The cell is to hold a date, and its number is no day of the calendar.', code: 'out_of_range' };
}

function booleanValue(raw: string): CellValue {
  if (raw === '1' || raw === 'true') return { text: 'true' };
  if (raw === '0' || raw === 'false') return { text: 'false' };
  if (raw === '') return { text: null };
  return { problem: 'The cell is to hold a boolean, and does not.', code: 'invalid_format' };
}

/**
 * A number without exponent. Excel stores doubles with 17 digits (1.1000000000000001): the shortest text of the same
 * double is what was entered. Numbers of more digits than a double has were written by others and keep them all.
 */
function numberText(raw: string): string {
  if (WHOLE.test(raw) && raw.length <= KEPT_DIGITS) return raw === '-0' ? '0' : raw;
  const digits = raw
    .replace(/[eE].*$/, '')
    .replaceAll(/[^\d]/g, '')
    .replace(/^0+/, '').length;
  if (digits > MOST_DIGITS || (WHOLE.test(raw) && digits > KEPT_DIGITS)) return plainDecimal(raw);
  const number = Number(raw);
  return Number.isFinite(number) ? plainDecimal(String(number)) : plainDecimal(raw);
}

function plainDecimal(text: string): string {
  const [mantissa = '', exponent] = text.toLowerCase().replace(/^\+/, '').split('e');
  if (exponent === undefined) return mantissa;
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  let plain: string;
  if (point <= 0) plain = `0.${'0'.repeat(-point)}${digits}`;
  else plain = point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${plain}` : plain;
}
