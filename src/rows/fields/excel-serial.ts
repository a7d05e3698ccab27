import { isoDay } from './read-date.ts';

const SERIAL = /^(\d{1,7})(?:\.(\d{1,17}))?$/u;
const DAY_MILLISECONDS = 86_400_000;
/** The last day a spreadsheet has, 9999-12-31. */
const LAST_SERIAL = { 1900: 2_958_465, 1904: 2_957_003 } as const;
/** 1900-02-29, which a spreadsheet that counts from 1900 has and the calendar has not. */
const NO_DAY = 60;

/**
 * The day and time that the number of a spreadsheet's day stands for, as `timeValue` takes them; null for none. Times are
 * told to the millisecond, which is what such a number holds.
 * @param system the year from which the spreadsheet counts
 */
export function excelDay(given: string, system: 1900 | 1904): { readonly day: string; readonly time: string } | null {
  const parts = SERIAL.exec(given.trim());
  const serial = Number(parts?.[1] ?? -1);
  if (serial < (system === 1900 ? 1 : 0) || serial > LAST_SERIAL[system]) return null;
  if (system === 1900 && serial === NO_DAY) return null;
  const first = system === 1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < NO_DAY ? 31 : 30);
  const fraction = parts?.[2] === undefined ? 0 : Number(`0.${parts[2]}`);
  const moment = new Date(first + serial * DAY_MILLISECONDS + Math.round(fraction * DAY_MILLISECONDS));
  const day = isoDay(String(moment.getUTCFullYear()), String(moment.getUTCMonth() + 1), String(moment.getUTCDate()));
  return { day, time: fraction === 0 ? '' : ` ${moment.toISOString().slice(11, 23)}` };
}
