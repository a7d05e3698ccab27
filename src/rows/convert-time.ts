import { Misfit } from './misfit.ts';

const DATE = /^(\d{4}|[1-9]\d{4,6})-(\d{2})-(\d{2})$/;
const DATE_TIME =
  /^(\d{4}|[1-9]\d{4,6})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?$/;
const UNBOUNDED = /^[+-]?infinity$/i;
const LAST_YEAR = 9_999;

const INVALID_DATE = new Misfit('invalid_format', 'must be a date of the form YYYY-MM-DD.');
const INVALID_TIME = new Misfit(
  'invalid_format',
  'must be a time of the form YYYY-MM-DD HH:MM:SS with an optional offset.',
);
const OUT_OF_RANGE = new Misfit('out_of_range', `must lie between the years 1 and ${LAST_YEAR}.`);

/** A calendar date; the day of a time is its day in UTC. */
export function toDate(value: string): string | Misfit {
  if (value.length === 10 && DATE.test(value)) {
    const wrong = misfitOfDay(digits(value, 0, 4), digits(value, 5, 7), digits(value, 8, 10));
    if (wrong === null) return value;
  }
  const text = value.trim();
  const parts = DATE.exec(text);
  if (parts) {
    const wrong = misfitOfDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
    return wrong === null ? text : wrong === 'range' ? OUT_OF_RANGE : INVALID_DATE;
  }
  if (outside(text)) return OUT_OF_RANGE;
  const time = toTimestamptz(text);
  if (typeof time === 'string') return time.slice(0, 10);
  return time.code === 'out_of_range' ? time : INVALID_DATE;
}

/**
 * A moment as PostgreSQL prints it with `TimeZone` UTC: `2024-03-01 10:00:00.5+00`. A time without an offset is UTC, a
 * date is its midnight in UTC. Fractions finer than a microsecond are refused rather than rounded.
 */
export function toTimestamptz(value: string): string | Misfit {
  if (PRINTED.test(value)) {
    const wrong = misfitOfDay(digits(value, 0, 4), digits(value, 5, 7), digits(value, 8, 10));
    if (wrong === null) return value.endsWith('+00') ? value : `${value}+00`;
  }
  const text = value.trim();
  if (outside(text)) return OUT_OF_RANGE;
  if (DATE.test(text)) {
    const day = toDate(text);
    return typeof day === 'string' ? `${day} 00:00:00+00` : day.code === 'out_of_range' ? day : INVALID_TIME;
  }
  const parts = DATE_TIME.exec(text);
  if (!parts) return INVALID_TIME;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(parts[index] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const wrong = misfitOfDay(year, month, day);
  if (wrong !== null) return wrong === 'range' ? OUT_OF_RANGE : INVALID_TIME;
  if (hour > 23 || minute > 59 || second > 59) return INVALID_TIME;
  const fraction = (parts[7] ?? '').replace(/0+$/, '');
  if (fraction.length > 6) return new Misfit('invalid_format', 'must not be finer than a microsecond.');
  const offset = offsetSeconds(parts[8]);
  if (offset === null) return INVALID_TIME;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second - offset);
  const shifted = moment.getUTCFullYear();
  if (shifted < 1 || shifted > LAST_YEAR) return OUT_OF_RANGE;
  const printed = `${String(shifted).padStart(4, '0')}${moment.toISOString().slice(-20, -5).replace('T', ' ')}`;
  return `${printed}${fraction === '' ? '' : `.${fraction}`}+00`;
}

/** What PostgreSQL itself prints in UTC, with and without a zone: the common case, which needs no rewriting. */
const PRINTED = /^\d{4}-\d{2}-\d{2} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,5}[1-9])?(?:\+00)?$/;

/** The number that a part of a text spells, which is nothing but digits. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let index = start; index < end; index++) number = number * 10 + text.charCodeAt(index) - 48;
  return number;
}

function outside(text: string): boolean {
  return UNBOUNDED.test(text) || text.endsWith(' BC');
}

/** Whether the calendar has a day, and if not, whether its year is out of range. */
export function misfitOfDay(year: number, month: number, day: number): 'range' | 'calendar' | null {
  if (year < 1 || year > LAST_YEAR) return 'range';
  if (month < 1 || month > 12 || day < 1) return 'calendar';
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= days ? null : 'calendar';
}

function offsetSeconds(text: string | undefined): number | null {
  if (text === undefined || text === 'Z') return 0;
  const digits = text.slice(1).replaceAll(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  const seconds = Number(digits.slice(4, 6));
  if (hours > 15 || minutes > 59 || seconds > 59) return null;
  return (hours * 3600 + minutes * 60 + seconds) * (text.startsWith('-') ? -1 : 1);
}
