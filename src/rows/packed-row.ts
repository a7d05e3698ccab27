import { hash } from 'node:crypto';
import { ByteWriter } from './byte-writer.ts';

const scratch = new ByteWriter();

/**
 * Values of a target's fields, in their order, as bytes: each its length as a 32-bit integer in network order and its
 * text in UTF-8, null the length -1. So rows wait for their commit as a few bytes, and a text goes into PostgreSQL's
 * binary COPY as it lies here.
 */
export function packRow(values: readonly (string | null)[]): Buffer {
  for (const value of values) scratch.text(value);
  return scratch.copy();
}

/** The values of a packed row, which is all of the bytes from `start` up to `end`. */
export function unpackRow(bytes: Buffer, start: number = 0, end: number = bytes.length): (string | null)[] {
  const values: (string | null)[] = [];
  for (let at = start; at < end;) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return values;
}

/** Values of a row, by their places: all of them at hand, or packed. */
export interface RowValues {
  at(place: number): string | null | undefined;
}

/** All that a row says, as one text; '' when it says nothing. */
export function wordingOf(row: RowValues): string {
  let wording = '';
  let isEmpty = true;
  for (let place = 0, value = row.at(0); value !== undefined; value = row.at(++place)) {
    if (value !== null && value !== '') isEmpty = false;
    wording += `${value ?? ''}\u001f`;
  }
  return isEmpty ? '' : wording;
}

/** Whether two rows say the same, and anything at all. */
export function haveOneWording(a: RowValues, b: RowValues): boolean {
  let isEmpty = true;
  for (let place = 0, value = a.at(0); value !== undefined; value = a.at(++place)) {
    if ((value ?? '') !== (b.at(place) ?? '')) return false;
    if (value !== null && value !== '') isEmpty = false;
  }
  return !isEmpty;
}

/** A packed row whose values become texts when they are asked for: of most rows that are compared, few are. */
export class PackedRow implements RowValues {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  at(place: number): string | null | undefined {
    let at = this.#start;
    for (let before = 0; before < place && at < this.#end; before++) at += 4 + Math.max(0, this.#bytes.readInt32BE(at));
    if (at >= this.#end) return undefined;
    const length = this.#bytes.readInt32BE(at);
    return length < 0 ? null : this.#bytes.toString('utf8', at + 4, at + 4 + length);
  }
}

/** Whether one of the values of a packed row is an empty text. */
export function holdsEmpty(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const length = bytes.readInt32BE(at);
    if (length === 0) return true;
    at += 4 + Math.max(0, length);
  }
  return false;
}

/**
 * The hash of a row: SHA-256, in hex, of it packed. It says whether a source row has changed since it was imported, and
 * whether the target row still is what was written; `hashSql` says the same of a row in the target.
 */
export function rowHash(packed: Buffer): string {
  return hash('sha256', packed, 'hex');
}
