import { editsWithin } from './similarity.ts';

const ISO = /^(\d{4})\D(\d{1,2})\D(\d{1,2})(?:\D.*)?$/;
const PLAIN = /^\d{4}-\d\d-\d\d$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const EUROPEAN = /^(\d{1,2})\D(\d{1,2})\D(\d{4})$/;

/**
 * A date as eight digits, year first. With the year last the day is taken to stand before the month unless that cannot
 * be; comparing forgives the swap. A text that is no date gives its digits when there are 4 to 8 of them, else nothing.
 */
export function dateDigits(value: string): string {
  const text = value.trim();
  if (text.length === 10 && PLAIN.test(text)) return text.slice(0, 4) + text.slice(5, 7) + text.slice(8);
  const compact = COMPACT.exec(text);
  if (compact !== null) return text;
  const iso = ISO.exec(text);
  if (iso !== null) return spell(iso[1], iso[2], iso[3]);
  const european = EUROPEAN.exec(text);
  if (european !== null) {
    const swapped = Number(european[2]) > 12;
    return spell(european[3], european[swapped ? 1 : 2], european[swapped ? 2 : 1]);
  }
  const digits = text.replaceAll(/\D+/g, '');
  return digits.length >= 4 && digits.length <= 8 ? digits : '';
}

function spell(year: string = '', month: string = '', day: string = ''): string {
  return `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`;
}

/** Day and month have changed places. */
export function isSwapped(a: string, b: string): boolean {
  return (
    a.length === 8 &&
    b.length === 8 &&
    a.startsWith(b.slice(0, 4)) &&
    a.slice(4, 6) === b.slice(6, 8) &&
    a.slice(6, 8) === b.slice(4, 6)
  );
}

/** How many of year, month and day are equal, 0 to 3. */
export function equalParts(a: string, b: string): number {
  if (a.length !== 8 || b.length !== 8) return 0;
  let equal = a.startsWith(b.slice(0, 4)) ? 1 : 0;
  if (a.slice(4, 6) === b.slice(4, 6)) equal++;
  if (a.slice(6, 8) === b.slice(6, 8)) equal++;
  return equal;
}

/** How many digits are wrong, two neighbours that changed places counting as one; 3 stands for more than two. */
export function wrongDigits(a: string, b: string): number {
  if (a.length !== b.length) return editsWithin(a, b, 2);
  let wrong = 0;
  for (let at = 0; at < a.length && wrong < 3; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue;
    wrong++;
    if (a.charCodeAt(at) === b.charCodeAt(at + 1) && a.charCodeAt(at + 1) === b.charCodeAt(at)) at++;
  }
  return wrong;
}
