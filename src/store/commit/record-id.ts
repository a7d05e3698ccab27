import { randomFillSync } from 'node:crypto';

/** Ids that fit behind one millisecond: the 12 bits that RFC 9562 §6.2 gives to a counter. */
const PER_MILLISECOND = 4_096;

const DIGITS = Buffer.from('0123456789abcdef');
const VARIANT = Buffer.from('89ab');

/** The id that was made last, as text; only what changes is written. */
const text = Buffer.from('00000000-0000-7000-8000-000000000000');
const TIME_DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12] as const;
const RANDOM_DIGITS = [20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35] as const;

const random = Buffer.alloc(8 * 1_024);
let used = random.length;

let millisecond = 0;
let counter = 0;

/**
 * An id for a new record: a uuid v7 (RFC 9562 §5.7) that is greater than every one this process has made before, so that
 * records of one transaction, whose `created_at` is the same, keep the order in which they were made.
 */
export function newRecordId(): string {
  counter++;
  const now = Date.now();
  if (now > millisecond) {
    beginMillisecond(now);
  } else if (counter === PER_MILLISECOND) {
    // The clock stands still or was set back: we go on from where it was.
    beginMillisecond(millisecond + 1);
  }
  text[15] = digit(counter >>> 8);
  text[16] = digit(counter >>> 4);
  text[17] = digit(counter);
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  text[19] = VARIANT[(random[used + 7] ?? 0) & 3] ?? 0;
  for (let index = 0; index < RANDOM_DIGITS.length; index++) {
    const byte = random[used + (index >>> 1)] ?? 0;
    text[RANDOM_DIGITS[index] ?? 0] = digit(index % 2 === 0 ? byte : byte >>> 4);
  }
  used += 8;
  return text.toString('latin1');
}

function beginMillisecond(now: number): void {
  millisecond = now;
  counter = 0;
  const time = now.toString(16).padStart(TIME_DIGITS.length, '0');
  TIME_DIGITS.forEach((place, index) => (text[place] = time.charCodeAt(index)));
}

/** The lower four bits as a digit. */
function digit(value: number): number {
  return DIGITS[value & 15] ?? 0;
}
