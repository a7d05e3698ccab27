import { hash } from 'node:crypto';
import { SERVICES } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { BETWEEN, DIRECTORY_NAMESPACE } from '../domain/directory/identity.ts';
import type { RowBlock } from '../domain/row-block.ts';
import type { DirectorySpec } from './directory-draft.ts';
import { IDENTIFYING, matters } from './directory-header.ts';
import type { DirectoryHeader, FilledColumn } from './directory-header.ts';
import { lengthAt, NOT_PLAIN, writeText, writeUuid as writeGivenUuid, writeValue } from './plain-cells.ts';

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

const HYPHEN = 0x2d;

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
