import { hash } from 'node:crypto';
import { cleanLowerCase, cleanText, splitList } from '../domain/directory/clean.ts';
import { SERVICES } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { BETWEEN, DIRECTORY_NAMESPACE } from '../domain/directory/identity.ts';
import { listText } from '../domain/list-text.ts';
import type { RowBlock } from '../domain/row-block.ts';
import { isUuid } from '../domain/uuid.ts';
import type { DirectorySpec } from './directory-draft.ts';
import { IDENTIFYING, matters } from './directory-header.ts';
import type { DirectoryHeader, FilledColumn } from './directory-header.ts';

/** Longer rows are read with care. Lower case, NFC and the marks of a list make a few bytes of one at the most. */
const MOST_BYTES = 16_384;
const packed = Buffer.allocUnsafeSlow(MOST_BYTES * 8);
/** What a uuid is made of: the namespace, then the name. */
const named = Buffer.allocUnsafeSlow(MOST_BYTES * 8);
const NAMESPACE_BYTES = named.write(DIRECTORY_NAMESPACE.replaceAll('-', ''), 'hex');

const UUID_BYTES = 36;
/** Where the hyphens of a uuid are, and its version. */
const HYPHENS: ReadonlySet<number> = new Set([8, 13, 18, 23]);
const VERSION_AT = 14;
const VARIANT_AT = 19;
const VERSION = 0x35;
const VARIANTS = Buffer.from('89ab');

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPENING = 0x7b;
const CLOSING = 0x7d;
const TILDE = 0x7e;
const MOST_DIGITS = 15;

/** In place of where it ends: what is written is not plainly right. */
const NOT_PLAIN = -1;

/** The columns of a file that hold one thing; the first that is not empty counts. */
interface Source {
  readonly column: DirectoryColumn;
  readonly places: readonly number[];
}

/** The columns of a file that are of one service. */
interface Part {
  readonly service: Service;
  readonly all: readonly FilledColumn[];
  readonly uuid: Source | undefined;
  /** What identifies it besides, in the order in which its uuid is made of it. */
  readonly name: readonly (Source | undefined)[];
  /** What is looked at where the row is read for the other service: what identifies, and where there may be a mistake. */
  readonly looked: readonly Source[];
}

/**
 * Reads rows of a file about which there is nothing to be said from their bytes into packed rows: what `draftOfRecord`
 * makes of what `cleanValue` makes of the cells, for a fraction of the work. All other rows are left to these.
 */
export class PlainDirectoryRow {
  readonly #parts: readonly Part[];
  readonly #own: Part | undefined;
  readonly #company: Part | undefined;
  readonly #fields: readonly { readonly name: string; readonly source: Source | undefined }[];

  /** Of the row that was read last; null: it says nothing of this target. */
  identifier: string | null = null;
  /** The row, packed, from the beginning up to `length`; good until the next one is read. */
  readonly bytes = packed;
  length = 0;

  constructor({ directory, fields }: DirectorySpec, header: DirectoryHeader) {
    this.#parts = SERVICES.filter((service) => header[service].length > 0).map((service) => partOf(service, header));
    this.#own = this.#parts.find(({ service }) => service === directory);
    this.#company = directory === 'contact' ? this.#parts.find(({ service }) => service === 'company') : undefined;
    const sources = sourcesOf(header[directory]);
    this.#fields = fields.map(({ name }) => ({ name, source: sources.get(name) }));
  }

  /** Whether the row is plainly right; only then there is something to be had of it. */
  read(rows: RowBlock, row: number): boolean {
    if (bytesOf(rows, row) > MOST_BYTES) return false;
    let known = false;
    let ownKnown = false;
    for (const part of this.#parts) {
      const isKnown = isIdentified(part, rows, row);
      if (isKnown) {
        if (part !== this.#own && !part.looked.every((source) => isPlain(source, rows, row))) return false;
      } else if (!part.all.every(({ at }) => lengthAt(rows, row, at) <= 0)) {
        return false;
      }
      known ||= isKnown;
      ownKnown ||= isKnown && part === this.#own;
    }
    return known && (ownKnown ? this.#write(rows, row) : this.#writeNothing());
  }

  #writeNothing(): boolean {
    this.identifier = null;
    this.length = this.#fields.length * 4;
    packed.fill(0xff, 0, this.length);
    return true;
  }

  #write(rows: RowBlock, row: number): boolean {
    let at = 0;
    for (const { name, source } of this.#fields) {
      const from = at + 4;
      const cell = source === undefined ? -1 : placeOf(source, rows, row);
      if (name === 'uuid') {
        at = this.#own === undefined ? NOT_PLAIN : writeUuid(this.#own, rows, row, packed, from);
        if (at !== NOT_PLAIN) this.identifier = packed.toString('latin1', from, at);
      } else if (source !== undefined && cell >= 0) {
        at = writeValue(source.column, rows, row, cell, packed, from);
      } else if (name === 'company_id' && this.#company && isIdentified(this.#company, rows, row)) {
        at = writeUuid(this.#company, rows, row, packed, from);
      } else {
        packed.writeInt32BE(-1, at);
        at = from;
        continue;
      }
      if (at === NOT_PLAIN) return false;
      packed.writeInt32BE(at - from, from - 4);
    }
    this.length = at;
    return true;
  }
}

function partOf(service: Service, header: DirectoryHeader): Part {
  const sources = sourcesOf(header[service]);
  const [, ...name] = IDENTIFYING[service];
  return {
    service,
    all: header[service],
    uuid: sources.get('uuid'),
    name: name.map((one) => sources.get(one)),
    looked: [...sources.values()].filter(({ column }) => matters(service, column)),
  };
}

function sourcesOf(filled: readonly FilledColumn[]): Map<string, Source> {
  const sources = new Map<string, { column: DirectoryColumn; places: number[] }>();
  for (const { at, column } of filled) {
    const source = sources.get(column.name);
    if (source) source.places.push(at);
    else sources.set(column.name, { column, places: [at] });
  }
  return sources;
}

/** Bytes of all values of a row together. */
function bytesOf(rows: RowBlock, row: number): number {
  let bytes = 0;
  for (let column = 0; column < rows.width; column++) bytes += Math.max(0, lengthAt(rows, row, column));
  return bytes;
}

function lengthAt({ cells, width }: RowBlock, row: number, column: number): number {
  return cells[(row * width + column) * 2 + 1] ?? -1;
}

/** The column that holds a row's value; -1: none does. */
function placeOf({ places }: Source, rows: RowBlock, row: number): number {
  for (const place of places) if (lengthAt(rows, row, place) > 0) return place;
  return -1;
}

/** Whether a row says which record of a service it is of: a cell with nothing but blanks is found out about later. */
function isIdentified({ uuid, name }: Part, rows: RowBlock, row: number): boolean {
  if (uuid !== undefined && placeOf(uuid, rows, row) >= 0) return true;
  for (const source of name) if (source !== undefined && placeOf(source, rows, row) >= 0) return true;
  return false;
}

function isPlain(source: Source, rows: RowBlock, row: number): boolean {
  const place = placeOf(source, rows, row);
  return place < 0 || writeValue(source.column, rows, row, place, named, NAMESPACE_BYTES) !== NOT_PLAIN;
}

/** Writes the uuid that is given, or the one that is made of what identifies. */
function writeUuid({ service, uuid, name }: Part, rows: RowBlock, row: number, into: Buffer, at: number): number {
  const given = uuid === undefined ? -1 : placeOf(uuid, rows, row);
  if (given >= 0) return writeGivenUuid(rows, row, given, into, at);
  let end = NAMESPACE_BYTES + named.write(service, NAMESPACE_BYTES, 'latin1');
  for (const source of name) {
    end += named.write(BETWEEN, end, 'latin1');
    const place = source === undefined ? -1 : placeOf(source, rows, row);
    if (place < 0) continue;
    end = writeText(true, rows, row, place, named, end);
    if (end === NOT_PLAIN) return NOT_PLAIN;
  }
  const digest = hash('sha1', named.subarray(0, end), 'hex');
  let digit = 0;
  for (let place = 0; place < UUID_BYTES; place++) {
    into[at + place] = HYPHENS.has(place) ? HYPHEN : digest.charCodeAt(digit++);
  }
  into[at + VERSION_AT] = VERSION;
  into[at + VARIANT_AT] = VARIANTS[Number.parseInt(digest[VARIANT_AT - 3] ?? '', 16) & 3] ?? 0;
  return at + UUID_BYTES;
}

function writeGivenUuid(rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const text = rows.value(row, place) ?? '';
  return isUuid(text) ? at + into.write(text.toLowerCase(), at, 'latin1') : NOT_PLAIN;
}

/** Writes what `cleanValue` makes of a cell, as a packed row has it, and says where that ends. */
function writeValue(
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
      return writeGivenUuid(rows, row, place, into, at);
    case 'date':
    case 'time':
      return NOT_PLAIN;
  }
}

function writeText(lowerCase: boolean, rows: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const { bytes, cells, width } = rows;
  const cell = (row * width + place) * 2;
  const start = cells[cell] ?? 0;
  const end = start + (cells[cell + 1] ?? 0);
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
function writeInteger({ bytes, cells, width }: RowBlock, row: number, place: number, into: Buffer, at: number): number {
  const cell = (row * width + place) * 2;
  const start = cells[cell] ?? 0;
  const length = cells[cell + 1] ?? 0;
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

function writePlainList(
  { bytes, cells, width }: RowBlock,
  row: number,
  place: number,
  into: Buffer,
  at: number,
): number {
  const cell = (row * width + place) * 2;
  const start = cells[cell] ?? 0;
  const end = start + (cells[cell + 1] ?? 0);
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
  return byte >= SPACE && byte < TILDE && byte !== QUOTE && byte !== 0x5c && byte !== OPENING && byte !== CLOSING;
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
