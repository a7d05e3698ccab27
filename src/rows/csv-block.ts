import type { RowBlock } from '../domain/row-block.ts';
import type { ByteWriter } from './byte-writer.ts';
import { withGuard } from './formula-guard.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const APOSTROPHE = 0x27;
const MINUS = 0x2d;

const NEEDS_QUOTES = 1;
const BEGINS_FORMULA = 2;
const CLASS = new Uint8Array(256);
for (const one of '=+-@\t\r') CLASS[one.charCodeAt(0)] = BEGINS_FORMULA;
for (const one of '",\r\n') CLASS[one.charCodeAt(0)] = (CLASS[one.charCodeAt(0)] ?? 0) | NEEDS_QUOTES;

/**
 * Writes the lines of a CSV file for rows that are bytes: in columns that are `free` whatever would break a line or run in
 * a spreadsheet is kept from it (`csvValue` of `withGuard`); all other values are written as they are, and nothing for null.
 */
export function writeCsv(
  writer: ByteWriter,
  { bytes, cells, width, length }: RowBlock,
  free: readonly boolean[],
): void {
  let cell = 0;
  for (let row = 0; row < length; row++) {
    for (let column = 0; column < width; column++) {
      if (column > 0) writer.byte(COMMA);
      const start = cells[cell++] ?? 0;
      const end = start + (cells[cell++] ?? 0);
      if (end <= start) continue;
      if (free[column] === true) writeGuarded(writer, bytes, start, end);
      else writer.copied(bytes, start, end);
    }
    writer.byte(CARRIAGE_RETURN).byte(LINE_FEED);
  }
}

function writeGuarded(writer: ByteWriter, bytes: Buffer, start: number, end: number): void {
  let found = 0;
  for (let at = start; at < end; at++) found |= CLASS[bytes[at] ?? 0] ?? 0;
  const quoted = (found & NEEDS_QUOTES) !== 0;
  if (quoted) writer.byte(QUOTE);
  if (found >= BEGINS_FORMULA && isFormula(bytes, start, end)) writer.byte(APOSTROPHE);
  if (quoted) writeDoubled(writer, bytes, start, end);
  else writer.copied(bytes, start, end);
  if (quoted) writer.byte(QUOTE);
}

function isFormula(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (bytes[at] === APOSTROPHE && at < end) at++;
  const first = bytes[at] ?? 0;
  if (at === end || (CLASS[first] ?? 0) < BEGINS_FORMULA) return false;
  if (first !== MINUS) return true;
  const text = bytes.toString('utf8', start, end);
  return withGuard(text) !== text;
}

function writeDoubled(writer: ByteWriter, bytes: Buffer, start: number, end: number): void {
  let from = start;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== QUOTE) continue;
    // The quote itself is the first of what follows.
    writer.copied(bytes, from, at + 1);
    from = at;
  }
  writer.copied(bytes, from, end);
}
