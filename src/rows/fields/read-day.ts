import { Fault, orFault } from './fault.ts';
import type { DateFormat } from './date-evidence.ts';
import type { DatePattern } from './date-pattern.ts';
import { excelDay } from './excel-serial.ts';
import { DATE_ORDERS, daysOf, dayReadings, isIso, onlyDay, SHOWN_ORDERS, timeValue } from './read-date.ts';
import type { DateOrder, DayReadings } from './read-date.ts';

const ISO_DAY = 'YYYY-MM-DD';
const ISO_TIME = 'YYYY-MM-DD HH:MM:SS';

/** A date or datetime as its column is written. */
export function readDay(text: string, format: DateFormat | null, hasTime: boolean): string | Fault {
  const expected = hasTime ? ISO_TIME : ISO_DAY;
  if (format !== null && format.serials !== null) {
    const serial = excelDay(text, format.serials);
    if (serial !== null) return orFault(timeValue(serial.day, serial.time, hasTime), expected);
  }
  if (isIso(text)) return orFault(timeValue(text, '', hasTime), expected);
  const readings = dayReadings(text);
  // `convert-time` knows best what it is that is no day, such as one before the year 1.
  if (readings === null) return orFault(timeValue(text, '', hasTime), expected);
  const order = format?.order ?? null;
  const day = readings.clear ?? (order === null ? onlyDay(readings) : readings[order]);
  if (day !== null) return orFault(timeValue(day, readings.time, hasTime), expected);
  return order === null ? ambiguous(readings, format) : unlikeColumn(order, format);
}

function ambiguous(readings: DayReadings, format: DateFormat | null): Fault {
  const told = (format?.counts?.fits ?? []).some(
    (times, fits) => times > 0 && (fits === 1 || fits === 2 || fits === 4),
  );
  const why = told ? 'and the values of its column do not agree' : 'and no value of its column tells which';
  const reason = `can be ${daysOf(readings).join(' or ')}, ${why}; write ${ISO_DAY} or set a date_format.`;
  return new Fault('invalid_format', reason, ISO_DAY);
}

function unlikeColumn(order: DateOrder, format: DateFormat | null): Fault {
  const counts = format?.counts;
  const fitting = (counts?.fits ?? []).reduce(
    (sum, times, fits) => sum + ((fits >> DATE_ORDERS.indexOf(order)) & 1 ? times : 0),
    0,
  );
  const reason = `is no day in the order of its column, ${SHOWN_ORDERS[order]}, which ${fitting} of its values have.`;
  return new Fault('invalid_format', reason, SHOWN_ORDERS[order]);
}

/**
 * A date or datetime in the one form that is prescribed for it.
 * @param format of a source that says how it writes days itself, and then writes them so, too
 */
export function readPattern(
  text: string,
  pattern: DatePattern,
  format: DateFormat | null,
  hasTime: boolean,
): string | Fault {
  const found = pattern.read(text);
  const value = found === null ? null : timeValue(found.day, found.time, hasTime);
  if (typeof value === 'string') return value;
  if (value?.code === 'out_of_range') return orFault(value, pattern.text);
  const told = format === null ? null : readDay(text, format, hasTime);
  return typeof told === 'string' ? told : doesNotMatch(pattern);
}

export function doesNotMatch(pattern: DatePattern): Fault {
  return new Fault('invalid_format', `does not match the format ${pattern.text}.`, pattern.text);
}
