import { randomUUIDv7 } from 'node:crypto';

/** Ids that fit behind one millisecond: the 12 bits that RFC 9562 §6.2 gives to a counter. */
const PER_MILLISECOND = 4_096;

let millisecond = 0;
let counter = 0;

/**
 * An id for a new record: a uuid v7 that is greater than every one this process has made before, so that records of one
 * transaction, whose `created_at` is the same, keep the order in which they were made.
 */
export function newRecordId(): string {
  counter++;
  const now = Date.now();
  if (now > millisecond) {
    millisecond = now;
    counter = 0;
  } else if (counter === PER_MILLISECOND) {
    // The clock stands still or was set back: we go on from where it was.
    millisecond++;
    counter = 0;
  }
  const time = millisecond.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${randomUUIDv7().slice(18)}`;
}
