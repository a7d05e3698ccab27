import { misfitOfDay, toDate, toTimestamptz } from '../convert-time.ts';
import type { Misfit } from '../misfit.ts';
import { monthOf } from './month-names.ts';

/** In which order day, month and year are written. */
export const DATE_ORDERS = ['dmy', 'mdy', 'ymd'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** An order as a person is told of it. */
export const SHOWN_ORDERS: Readonly<Record<DateOrder, string>> = {
  dmy: 'DD/MM/YYYY',
  mdy: 'MM/DD/YYYY',
  ymd: 'YY/MM/DD',
};

/** A day by the orders in which it can be read, `YYYY-MM-DD`; one whose order nobody can mistake stands under `clear`. */
export interface DayReadings {
  readonly clear: string | null;
  readonly dmy: string | null;
  readonly mdy: string | null;
  readonly ymd: string | null;
  /** What stands after the day, in the form `convert-time` reads: ` 10:00:00+02`, or nothing. */
  readonly time: string;
}

/** Nothing that is a date is longer; patterns below look at no more. */
export const MAX_DATE_LENGTH = 64;

const UNUSUAL_BLANKS = /[^\S ]| {2}/u;
const ISO = /^\d{4}-\d{2}-\d{2}(?:$|[ T]\d{2}:\d{2}(?:[:Z+-]|$))/u;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/u;
const NUMERIC = /^(\d{1,4})(\. ?|[/ -])(\d{1,2})\2(\d{1,4})(?:,? +|T|$)(.*)$/u;
const DAY_FIRST =
  /^(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[ /-]?(?:de |di )?(\p{L}{3,12})\.?,?[ /-]?(?:de |del )?(\d{4}|\d{2})(?:,? +|T|$)(.*)$/iu;
const MONTH_FIRST = /^(\p{L}{3,12})\.?[ -](\d{1,2})(?:st|nd|rd|th)?,? ?[ -]?(\d{4})(?:,? +|T|$)(.*)$/iu;
const YEAR_FIRST = /^(\d{4})[ /-](\p{L}{3,12})\.?[ /-](\d{1,2})(?:,? +|T|$)(.*)$/iu;
const TIME =
  /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)?(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?$/iu;

/** Whether a text begins like a day in ISO form; `convert-time` reads what follows then. */
export function isIso(text: string): boolean {
  return ISO.test(text);
}

/** What a day can be; null for what is no day in any order. */
export function dayReadings(given: string): DayReadings | null {
  if (given.length > MAX_DATE_LENGTH) return null;
  const trimmed = given.trim();
  const text = UNUSUAL_BLANKS.test(trimmed) ? trimmed.replaceAll(/\s+/gu, ' ') : trimmed;
  if (ISO.test(text)) return clear(text.slice(0, 10), text.slice(10));
  const numeric = NUMERIC.exec(text);
  if (numeric) return numericReadings(numeric);
  const compact = COMPACT.exec(text);
  if (compact) {
    const [, year, month, day, hours, minutes, seconds = '00', offset = ''] = compact;
    return clear(`${year}-${month}-${day}`, hours === undefined ? '' : ` ${hours}:${minutes}:${seconds}${offset}`);
  }
  const [year, month, day, rest] = named(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const number = monthOf(month);
  const time = timeOf(rest ?? '');
  return number === null || time === null ? null : clear(isoDay(fullYear(year), String(number), day), time);
}

/** Year, month's name, day and what follows. */
function named(text: string): readonly (string | undefined)[] | null {
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst) return [dayFirst[3], dayFirst[2], dayFirst[1], dayFirst[4]];
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst) return [monthFirst[3], monthFirst[1], monthFirst[2], monthFirst[4]];
  const yearFirst = YEAR_FIRST.exec(text);
  return yearFirst ? [yearFirst[1], yearFirst[2], yearFirst[3], yearFirst[4]] : null;
}

function numericReadings(parts: RegExpExecArray): DayReadings | null {
  const [, a = '', , b = '', c = '', rest = ''] = parts;
  const time = timeOf(rest);
  if (time === null) return null;
  if (a.length === 4 && c.length <= 2) return clear(isoDay(a, b, c), time);
  if (a.length > 2 || (c.length !== 2 && c.length !== 4)) return null;
  const year = fullYear(c);
  const dmy = realDay(year, b, a);
  const mdy = realDay(year, a, b);
  const ymd = c.length === 2 && a.length === 2 ? realDay(fullYear(a), b, c) : null;
  return dmy === null && mdy === null && ymd === null ? null : { clear: null, dmy, mdy, ymd, time };
}

function clear(day: string, time: string): DayReadings | null {
  return typeof toDate(day) === 'string' ? { clear: day, dmy: null, mdy: null, ymd: null, time } : null;
}

/** The days that a value can be, each once. */
export function daysOf({ dmy, mdy, ymd }: DayReadings): string[] {
  return [...new Set([dmy, mdy, ymd].filter((day) => day !== null))];
}

/** The day when there are no two; null when there are. */
export function onlyDay({ dmy, mdy, ymd }: DayReadings): string | null {
  const day = dmy ?? mdy ?? ymd;
  const isOne = (mdy === null || mdy === day) && (ymd === null || ymd === day);
  return isOne ? day : null;
}

/** Of two digits of a year, 69 to 99 are of the twentieth century (POSIX, `strptime`). */
export function fullYear(digits: string): string {
  if (digits.length !== 2) return digits;
  return Number(digits) >= 69 ? `19${digits}` : `20${digits}`;
}

export function isoDay(year: string, month: string, day: string): string {
  return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** The day when the calendar has it. */
function realDay(year: string, month: string, day: string): string | null {
  return misfitOfDay(Number(year), Number(month), Number(day)) === null ? isoDay(year, month, day) : null;
}

/** A time as people write it in the form `convert-time` reads; null for anything else. */
function timeOf(text: string): string | null {
  if (text.trim() === '') return '';
  const parts = TIME.exec(text.trim());
  if (!parts) return null;
  const [, hours = '', minutes, seconds = '00', fraction, half, zone] = parts;
  const hour = half === undefined ? Number(hours) : hourOfHalf(Number(hours), half);
  if (hour === null) return null;
  const offset = zone === undefined ? '' : /^[zug]/iu.test(zone) ? 'Z' : zone;
  return ` ${String(hour).padStart(2, '0')}:${minutes}:${seconds}${fraction === undefined ? '' : `.${fraction}`}${offset}`;
}

/** An hour of twelve with its half of the day. */
export function hourOfHalf(hour: number, half: string): number | null {
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
}

/** The value of a date or datetime field: the day, or the moment in UTC. */
export function timeValue(day: string, time: string, hasTime: boolean): string | Misfit {
  return hasTime ? toTimestamptz(day + time) : toDate(day + time);
}
