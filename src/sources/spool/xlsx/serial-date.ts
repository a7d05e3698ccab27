import type { DateKind } from './number-format.ts';

const DAY = 86_400_000;
/** Day 0 of serial numbers from 61 on in the 1900 system, which counts a 29 February 1900 that never was. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** 9999-12-31 */
const LAST_DAY = { 1900: 2_958_465, 1904: 2_957_003 };

export type DateSystem = 1900 | 1904;

/**
 * A serial number of days as ISO 8601 text without a zone, to the millisecond: `2024-02-29`, `2024-02-29T13:05:00`,
 * `13:05:00`, a duration of more than a day as `36:30:00`. Null when there is no such day. Whatever a format hides is
 * kept: a date with a time of day has its time.
 */
export function serialText(serial: number, kind: Exclude<DateKind, null>, system: DateSystem): string | null {
  const total = Math.round(serial * DAY);
  if (kind === 'duration') return `${total < 0 ? '-' : ''}${clock(Math.abs(total), true)}`;
  if (total < 0) return null;
  const days = Math.floor(total / DAY);
  const ofDay = total - days * DAY;
  if (days === 0 && (kind === 'time' || system === 1900)) return clock(ofDay, false);
  if (days > LAST_DAY[system] || (system === 1900 && days === 60)) return null;
  const date = new Date(dayStart(days, system)).toISOString().slice(0, 10);
  return kind === 'date' && ofDay === 0 ? date : `${date}T${clock(ofDay, false)}`;
}

function dayStart(days: number, system: DateSystem): number {
  if (system === 1904) return EPOCH_1904 + days * DAY;
  return EPOCH_1900 + (days < 60 ? days + 1 : days) * DAY;
}

function clock(milliseconds: number, beyondADay: boolean): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  const fraction = milliseconds % 1000;
  const text = `${two(beyondADay ? hours : hours % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(3, '0')}`;
}
