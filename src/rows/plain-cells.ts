import { cleanLowerCase, cleanText, splitList } from '../domain/directory/clean.ts';
import type { DirectoryColumn } from '../domain/directory/columns.ts';
import { listText } from '../domain/list-text.ts';
import type { RowBlock } from '../domain/row-block.ts';
import { isUuid } from '../domain/uuid.ts';

/** In place of where it ends: a value is not plainly right, and has to be read with care. */
export const NOT_PLAIN = -1;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;
const TILDE = 0x7e;
const MOST_DIGITS = 15;

/** Bytes of a cell; none or fewer where there is nothing in it. */
export function lengthAt({ cells, width }: RowBlock, row: number, column: number): number {
  return cells[(row * width + column) * 2 + 1] ?? -1;
}

/** Where the bytes of a cell begin. */
function startAt({ cells, width }: RowBlock, row: number, column: number): number {
  return cells[(row * width + column) * 2] ?? 0;
}

/** Writes a uuid that a cell gives. */
export function writeUuid(rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const text = rows.value(row, place) ?? '';
  return isUuid(text) ? at + into.write(text.toLowerCase(), at, 'latin1') : NOT_PLAIN;
}

/** Writes what `cleanValue` makes of a cell that is not empty, as a packed row has it, and says where that ends. */
export function writeValue(
  { type, lowerCase }: DirectoryColumn,
  rows: RowBlock,
  row: number,
  place: number,
  into: Buffer,
  at: number,
): number {
  switch (type) {
    case 'text':
      return writeText(lowerCase, rows, row, place, into, at);
    case 'list':
      return writeList(rows, row, place, into, at);
    case 'integer':
      return writeInteger(rows, row, place, into, at);
    case 'uuid':
      return writeUuid(rows, row, place, into, at);
    case 'date':
    case 'time':
      return NOT_PLAIN;
  }
}

/** The same of a text; one with other letters than ASCII's is cleaned as any. */
export function writeText(
  lowerCase: boolean,
  rows: RowBlock,
  row: number,
  place: number,
  into: Buffer,
  at: number,
): number {
  const { bytes } = rows;
  const start = startAt(rows, row, place);
  const end = start + lengthAt(rows, row, place);
  let to = at;
  let last = SPACE;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    if (byte > TILDE || byte < SPACE || (byte === SPACE && last === SPACE)) {
      last = SPACE;
      break;
    }
    into[to++] = lowerCase && byte > 0x40 && byte < 0x5b ? byte | SPACE : byte;
    last = byte;
  }
  if (last !== SPACE) return to;
  const text = rows.value(row, place) ?? '';
  const clean = lowerCase ? cleanLowerCase(text) : cleanText(text);
  return clean === null ? NOT_PLAIN : at + into.write(clean, at);
}

/** Digits that say nothing but a number. */
function writeInteger(rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const { bytes } = rows;
  const start = startAt(rows, row, place);
  const length = lengthAt(rows, row, place);
  if (length > MOST_DIGITS || (length > 1 && bytes[start] === ZERO)) return NOT_PLAIN;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index] ?? 0;
    if (byte < ZERO || byte > NINE) return NOT_PLAIN;
    into[at + index] = byte;
  }
  return at + length;
}

/** Where the items of the list begin that is being written, and where they end. */
const items = new Int32Array(32);

function writeList(rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const written = writePlainList(rows, row, place, into, at);
  if (written !== NOT_PLAIN) return written;
  const list = splitList(rows.value(row, place) ?? '');
  return list === null ? NOT_PLAIN : at + into.write(listText(list), at);
}

function writePlainList(rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const { bytes } = rows;
  const start = startAt(rows, row, place);
  const end = start + lengthAt(rows, row, place);
  let to = at;
  into[to++] = OPENING;
  let count = 0;
  for (let from = start; from <= end;) {
    if (bytes[from] === SPACE && from < end) from++;
    const first = from;
    let hasSpace = false;
    for (; from < end; from++) {
      const byte = bytes[from] ?? 0;
      if (byte === COMMA) break;
      if (!isOfItem(byte) || (byte === SPACE && bytes[from - 1] === SPACE)) return NOT_PLAIN;
      hasSpace ||= byte === SPACE;
    }
    if (from === first || bytes[from - 1] === SPACE || isNull(bytes, first, from)) return NOT_PLAIN;
    if (count * 2 === items.length) return NOT_PLAIN;
    if (count > 0) into[to++] = COMMA;
    items[count * 2] = to;
    if (hasSpace) into[to++] = QUOTE;
    for (let index = first; index < from; index++) into[to++] = bytes[index] ?? 0;
    if (hasSpace) into[to++] = QUOTE;
    items[count * 2 + 1] = to;
    if (isRepeated(into, count)) return NOT_PLAIN;
    count++;
    from++;
  }
  into[to++] = CLOSING;
  return to;
}

/** Letters, digits and marks that stand in a list as they are, and the space. */
function isOfItem(byte: number): boolean {
  return byte >= SPACE && byte < TILDE && byte !== QUOTE && byte !== BACKSLASH && byte !== OPENING && byte !== CLOSING;
}

/** Whether an item is what PostgreSQL takes for no value, `null` in any case, or is like it. */
function isNull(bytes: Buffer, first: number, end: number): boolean {
  return end - first === 4 && ((bytes[first] ?? 0) | SPACE) === 0x6e && ((bytes[first + 3] ?? 0) | SPACE) === 0x6c;
}

function isRepeated(written: Buffer, item: number): boolean {
  const start = items[item * 2] ?? 0;
  const length = (items[item * 2 + 1] ?? 0) - start;
  for (let other = 0; other < item; other++) {
    const from = items[other * 2] ?? 0;
    if ((items[other * 2 + 1] ?? 0) - from !== length) continue;
    let index = 0;
    while (index < length && written[from + index] === written[start + index]) index++;
    if (index === length) return true;
  }
  return false;
}
