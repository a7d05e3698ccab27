import { readListText } from '../../domain/list-text.ts';
import type { FieldType } from '../../domain/target.ts';
import type { ByteWriter } from '../../rows/byte-writer.ts';
import type { Packed } from '../../rows/candidate.ts';
import { MatchedText } from '../../rows/likeness.ts';

/** Writes a value of a field, the bytes of its text as rows carry it as characters, in the binary format of its column's type. */
export type WriteBinary = (writer: ByteWriter, text: string) => void;

/**
 * How values of each type become binary (the `recv` functions of PostgreSQL's types); null where the text itself is what
 * is sent. The texts are those that `conversion` gives and `textSql` reads.
 */
export const BINARY: Readonly<Record<FieldType, WriteBinary | null>> = {
  text: null,
  native: null,
  reference: writeUuid,
  uuid: writeUuid,
  list: writeList,
  integer: (writer, text) => void writer.int32(8).bigint64(BigInt(text)),
  numeric: writeNumeric,
  boolean: (writer, text) => void writer.int32(1).byte(text === 't' ? 1 : 0),
  date: writeDate,
  timestamptz: writeTimestamptz,
};

/**
 * A row's values in the binary formats of their columns.
 * @param write for each value what `BINARY` says of its field
 */
export function writeValues(
  writer: ByteWriter,
  { bytes, start, end }: Packed,
  write: readonly (WriteBinary | null)[],
): void {
  // Whatever is sent as it lies there, together with its neighbours.
  let unsent = start;
  let at = start;
  for (const binary of write) {
    const length = bytes.readInt32BE(at);
    const next = at + 4 + Math.max(0, length);
    if (binary !== null && length >= 0) {
      writer.copied(bytes, unsent, at);
      binary(writer, bytes.toString('latin1', at + 4, next));
      unsent = next;
    }
    at = next;
  }
  writer.copied(bytes, unsent, end);
}

/** A uuid in its usual form, or null. */
export function writeUuid(writer: ByteWriter, uuid: string | null): void {
  writer.hex(uuid, 4);
}

const TEXT_OID = 25;

/** A list of texts (arrayfuncs.c, `array_recv`): dimensions, nulls or none, the type, then length and first index. */
function writeList(writer: ByteWriter, text: string): void {
  const items = readListText(text)?.map((item) => Buffer.from(item, 'latin1'));
  if (items === undefined) throw new Error(`${text} is no list as PostgreSQL prints it`);
  if (items.length === 0) {
    writer.int32(12).int32(0).int32(0).int32(TEXT_OID);
    return;
  }
  writer.int32(items.reduce((size, item) => size + 4 + item.length, 20));
  writer.int32(1).int32(0).int32(TEXT_OID).int32(items.length).int32(1);
  for (const item of items) writer.int32(item.length).copied(item, 0, item.length);
}

/** Anything JSON can say, as `jsonb`, or null. The format begins with its version, 1. */
export function writeJsonb(writer: ByteWriter, value: unknown): void {
  const json = value instanceof MatchedText ? value.text : JSON.stringify(value);
  writer.text(value === null ? null : `\u0001${json}`);
}

const DATE = /^(\d{4,7})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?\+00)?( BC)?$/;
/** The epoch of PostgreSQL's dates and times, in days of Unix time. */
const EPOCH_DAYS = 10_957;
const DAY_SECONDS = 86_400;
const MICROSECONDS = 1_000_000n;

/** Days since 2000-01-01; the ends of 32 bits stand for the infinities (date.h, `DATEVAL_NOBEGIN`). */
function writeDate(writer: ByteWriter, text: string): void {
  const days = plainDays(text) ?? infinity(text, -(2 ** 31), 2 ** 31 - 1) ?? daysOf(partsOf(text));
  writer.int32(4).int32(days);
}

const HYPHEN = 0x2d;
const ZERO = 0x30;

/** The days of a day that is written as nearly all are, `YYYY-MM-DD`; null for one that is written otherwise. */
function plainDays(text: string): number | null {
  if (text.length !== 10 || text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return null;
  const digit = (at: number): number => text.charCodeAt(at) - ZERO;
  const two = (at: number): number => digit(at) * 10 + digit(at + 1);
  return daysSinceEpoch(two(0) * 100 + two(2), two(5), two(8));
}

/** Microseconds since 2000-01-01 in UTC; the ends of 64 bits stand for the infinities (timestamp.h, `DT_NOBEGIN`). */
function writeTimestamptz(writer: ByteWriter, text: string): void {
  writer.int32(8).bigint64(infinity(text, -(2n ** 63n), 2n ** 63n - 1n) ?? microseconds(partsOf(text)));
}

function microseconds(parts: RegExpExecArray): bigint {
  const seconds = Number(parts[4] ?? 0) * 3_600 + Number(parts[5] ?? 0) * 60 + Number(parts[6] ?? 0);
  const fraction = BigInt((parts[7] ?? '').padEnd(6, '0'));
  return BigInt(daysOf(parts) * DAY_SECONDS + seconds) * MICROSECONDS + fraction;
}

function infinity<T>(text: string, least: T, greatest: T): T | null {
  return text === 'infinity' ? greatest : text === '-infinity' ? least : null;
}

function partsOf(text: string): RegExpExecArray {
  const parts = DATE.exec(text);
  if (!parts) throw new Error(`${text} is no time as PostgreSQL prints it`);
  return parts;
}

function daysOf(parts: RegExpExecArray): number {
  // There is no year 0: the year before 1 is 1 BC.
  const year = parts[8] === undefined ? Number(parts[1]) : 1 - Number(parts[1]);
  return daysSinceEpoch(year, Number(parts[2]), Number(parts[3]));
}

/**
 * Days since the epoch of a day in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", `days_from_civil`); JavaScript's own dates end before PostgreSQL's.
 */
function daysSinceEpoch(written: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is their last.
  const year = month <= 2 ? written - 1 : written;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 - EPOCH_DAYS;
}

const NUMERIC_SIGNS: Readonly<Record<string, number>> = { NaN: 0xc000, Infinity: 0xd000, '-Infinity': 0xf000 };

/** Digits to the base of 10,000, with the weight of the first, the sign and the digits to show (numeric.c, `numeric_recv`). */
function writeNumeric(writer: ByteWriter, text: string): void {
  const special = NUMERIC_SIGNS[text];
  if (special !== undefined) {
    writer.int32(8).int16(0).int16(0).int16(special).int16(0);
    return;
  }
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const before = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  const after = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  const all = before + after;
  let first = 0;
  let last = all.length;
  while (first < last && all.startsWith('0000', first)) first += 4;
  while (last > first && all.startsWith('0000', last - 4)) last -= 4;
  const count = (last - first) / 4;
  const weight = count === 0 ? 0 : (before.length - first) / 4 - 1;
  writer
    .int32(8 + count * 2)
    .int16(count)
    .int16(weight);
  writer.int16(negative && count > 0 ? 0x4000 : 0).int16(fraction.length);
  for (let at = first; at < last; at += 4) writer.int16(Number(all.slice(at, at + 4)));
}
