import { randomFillSync } from 'node:crypto';
import { digitOf } from '../../rows/byte-writer.ts';

/** Ids that fit behind one millisecond: the 12 bits that RFC 9562 §6.2 gives to a counter. */
const PER_MILLISECOND = 4_096;

/** Bytes of an id. */
export const ID_BYTES = 16;
const VERSION = 0x70;
const VARIANT = 0x80;
/** Where its 64 bits begin that are the variant and nothing but random. */
const RANDOM = 8;

/** The id that was made last; only what changes is written. */
const id = Buffer.alloc(ID_BYTES);

const random = Buffer.alloc(8 * 1_024);
let used = random.length;

let millisecond = 0;
let counter = 0;

const DIGITS = Buffer.from('0123456789abcdef');
const HYPHEN = 0x2d;
const text = Buffer.alloc(36, HYPHEN);
/** Where the digits of each byte stand in the text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/**
 * An id for a new record: a uuid v7 (RFC 9562 §5.7) that is greater than every one this process has made before, so that
 * records of one transaction, whose `created_at` is the same, keep the order in which they were made.
 */
export function newRecordId(): string {
  makeNext();
  for (let at = 0; at < ID_BYTES; at++) {
    const byte = id[at] ?? 0;
    const place = PLACES[at] ?? 0;
    text[place] = DIGITS[byte >>> 4] ?? 0;
    text[place + 1] = DIGITS[byte & 15] ?? 0;
  }
  return text.toString('latin1');
}

/** So many of the same as bytes, one behind the other. */
export function newRecordIds(count: number): Buffer {
  const ids = Buffer.allocUnsafe(count * ID_BYTES);
  for (let at = 0; at < ids.length; at += ID_BYTES) {
    makeNext();
    for (let byte = 0; byte < ID_BYTES; byte++) ids[at + byte] = id[byte] ?? 0;
  }
  return ids;
}

/** The ids that texts are, as bytes one behind the other; of what is null the bytes say nothing. */
export function recordIds(texts: readonly (string | null)[]): Buffer {
  const ids = Buffer.alloc(texts.length * ID_BYTES);
  for (let at = 0; at < texts.length; at++) {
    const uuid = texts[at] ?? null;
    if (uuid === null) continue;
    for (let byte = 0; byte < ID_BYTES; byte++) {
      const place = PLACES[byte] ?? 0;
      ids[at * ID_BYTES + byte] = (digitOf(uuid.charCodeAt(place)) << 4) | digitOf(uuid.charCodeAt(place + 1));
    }
  }
  return ids;
}

function makeNext(): void {
  counter++;
  const now = Date.now();
  if (now > millisecond) {
    beginMillisecond(now);
  } else if (counter === PER_MILLISECOND) {
    // The clock stands still or was set back: we go on from where it was.
    beginMillisecond(millisecond + 1);
  }
  id[6] = VERSION | (counter >>> 8);
  id[7] = counter;
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  id[RANDOM] = VARIANT | ((random[used] ?? 0) & 0x3f);
  for (let at = 1; at < 8; at++) id[RANDOM + at] = random[used + at] ?? 0;
  used += 8;
}

function beginMillisecond(now: number): void {
  millisecond = now;
  counter = 0;
  id.writeUIntBE(now, 0, 6);
}
