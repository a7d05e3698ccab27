/**
 * Looks at the bytes of a value, for those that plainly are what PostgreSQL itself would print. Most values are, and are
 * never made a string; what is not plain is read with more care elsewhere.
 */

const ZERO = 0x30;
const NINE = 0x39;
const HYPHEN = 0x2d;
const POINT = 0x2e;
/** So many digits fit into 64 bits whatever they are. */
const SAFE_DIGITS = 18;

/** A whole number of 64 bits without leading zeros. */
export function isPlainInteger(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start] === HYPHEN ? start + 1 : start;
  const end = start + length;
  if (end === first || end - first > SAFE_DIGITS) return false;
  if (bytes[first] === ZERO && (end - first > 1 || first > start)) return false;
  return areDigits(bytes, first, end);
}

/** A decimal with a point before its fraction, if it has one, and without leading zeros; minus zero is none. */
export function isPlainDecimal(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start] === HYPHEN ? start + 1 : start;
  const end = start + length;
  let point = first;
  while (point < end && bytes[point] !== POINT) point++;
  if (point === end) return isPlainInteger(bytes, start, length);
  if (point === first || point - first > SAFE_DIGITS || end - point < 2 || end - point > SAFE_DIGITS) return false;
  if (bytes[first] === ZERO && (point - first > 1 || first > start)) return false;
  return areDigits(bytes, first, point) && areDigits(bytes, point + 1, end);
}

/** A day of the calendar as `YYYY-MM-DD`. */
export function isPlainDay(bytes: Buffer, start: number, length: number): boolean {
  if (length !== 10 || bytes[start + 4] !== HYPHEN || bytes[start + 7] !== HYPHEN) return false;
  if (!areDigits(bytes, start, start + 4) || !areDigits(bytes, start + 5, start + 7)) return false;
  if (!areDigits(bytes, start + 8, start + 10)) return false;
  const month = numberOf(bytes, start + 5, start + 7);
  const day = numberOf(bytes, start + 8, start + 10);
  const year = numberOf(bytes, start, start + 4);
  // The last days of a month are looked at with more care.
  return year > 0 && month > 0 && month < 13 && day > 0 && (day < 29 || (day < 31 && month !== 2));
}

/** The number that digits spell, few enough to be exact; of something else nothing that can be relied on. */
export function numberOf(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 10 + (bytes[at] ?? ZERO) - ZERO;
  return number;
}

function areDigits(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}
