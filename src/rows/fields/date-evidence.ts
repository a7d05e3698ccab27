import { z } from 'zod';
import { isPlainDay } from './plain-bytes.ts';
import { DATE_ORDERS, dayReadings, onlyDay } from './read-date.ts';
import type { DateOrder } from './read-date.ts';
import { beats } from './share-of-evidence.ts';

/** How the days of a column are written. */
export interface DateFormat {
  readonly kind: 'date';
  /** In which order; null when the column does not tell, and then only what can be read one way is read. */
  readonly order: DateOrder | null;
  /** Days are numbers of a spreadsheet that counts from 1900 or 1904; null when they are written as days. */
  readonly serials: 1900 | 1904 | null;
  /** What was counted; null where the source says by itself how it writes. */
  readonly counts: DateCounts | null;
}

const count = z.number().int().min(0);
const ORDERS_TOGETHER = 1 << DATE_ORDERS.length;

/** What the values of a column of days were seen to be. */
export const dateCounts = z.object({
  /** Values that are not empty. */
  values: count,
  /** Those nobody can mistake: `2025-12-31`, `31 Dec 2025`. */
  clear: count,
  /** Those that are the same day in every order that they fit: `05/05/2025`. */
  neutral: count,
  /** Those that fit some orders, by which: bit 0 day first, bit 1 month first, bit 2 year first. */
  fits: z.array(count).length(ORDERS_TOGETHER),
  /** Those that are the number of a spreadsheet's day, where there may be such. */
  serials: count.default(0),
  /** Those that are no day at all. */
  neither: count,
});
export type DateCounts = z.infer<typeof dateCounts>;

/** Where a source says by itself that it writes ISO days, as one that was spooled from typed cells does. */
export const ISO_DATES: DateFormat = { kind: 'date', order: null, serials: null, counts: null };

/** A day from 1927 to 2173, with or without a time: years, and days without hyphens, have fewer digits or more. */
const SERIAL = /^[1-9]\d{4}(?:\.\d{1,17})?$/u;

const DAY_LENGTH = 'YYYY-MM-DD'.length;
const TIME_LENGTH = 'YYYY-MM-DD HH:MM'.length;

/** Whether what follows a day begins like a time in ISO form: a blank or T, and two digits and a colon. */
function isHour(bytes: Buffer, start: number): boolean {
  const between = bytes[start + DAY_LENGTH];
  return (between === 0x20 || between === 0x54) && bytes[start + DAY_LENGTH + 3] === 0x3a;
}

/** Counts in which order the days of a column are written. */
export class DateEvidence {
  readonly counts: DateCounts;
  readonly #maySerial: boolean;

  /** @param maySerial whether days may have come as the numbers that a spreadsheet has for them */
  constructor(counts: DateCounts = noCounts(), maySerial = false) {
    this.counts = counts;
    this.#maySerial = maySerial;
  }

  /** A value that lies among bytes; it is not empty. */
  add(bytes: Buffer, start: number, length: number): void {
    const { counts } = this;
    if (
      isPlainDay(bytes, start, Math.min(length, DAY_LENGTH)) &&
      (length === DAY_LENGTH || (length >= TIME_LENGTH && isHour(bytes, start)))
    ) {
      counts.values++;
      counts.clear++;
      return;
    }
    const given = bytes.toString('utf8', start, start + length);
    if (given.trim() === '') return;
    counts.values++;
    const readings = dayReadings(given);
    if (readings === null) {
      if (this.#maySerial && SERIAL.test(given.trim())) counts.serials++;
      else counts.neither++;
      return;
    }
    if (readings.clear !== null) {
      counts.clear++;
      return;
    }
    const { dmy, mdy, ymd } = readings;
    const fits = (dmy === null ? 0 : 1) | (mdy === null ? 0 : 2) | (ymd === null ? 0 : 4);
    if (fits !== 1 && fits !== 2 && fits !== 4 && onlyDay(readings) !== null) counts.neutral++;
    else counts.fits[fits] = (counts.fits[fits] ?? 0) + 1;
  }

  merge(other: DateCounts): void {
    const { counts } = this;
    for (const name of ['values', 'clear', 'neutral', 'serials', 'neither'] as const) counts[name] += other[name];
    other.fits.forEach((times, index) => (counts.fits[index] = (counts.fits[index] ?? 0) + times));
  }

  /**
   * An order is the column's when the evidence for it against every other one decides. Numbers are days where all of the
   * column are: those of a spreadsheet that counts from 1900, as nearly all do.
   */
  decide(): DateFormat {
    const { counts } = this;
    /** Values that fit the one and not the other. */
    const only = (one: number, other: number): number =>
      counts.fits.reduce((sum, times, fits) => sum + ((fits >> one) & 1 && !((fits >> other) & 1) ? times : 0), 0);
    const order = DATE_ORDERS.find((_, one) =>
      DATE_ORDERS.every((__, other) => one === other || beats(only(one, other), only(other, one))),
    );
    const isSerials = counts.serials > 0 && counts.serials === counts.values;
    return { kind: 'date', order: order ?? null, serials: isSerials ? 1900 : null, counts };
  }
}

function noCounts(): DateCounts {
  const fits = Array.from({ length: ORDERS_TOGETHER }, () => 0);
  return { values: 0, clear: 0, neutral: 0, fits, serials: 0, neither: 0 };
}
