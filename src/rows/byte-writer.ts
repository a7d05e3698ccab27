import { isUtf8 } from 'node:buffer';

const FIRST_BYTES = 4 * 1024;
const MAX_KEPT_BYTES = 1024 * 1024;
/** Up to so many bytes are copied here rather than by the engine, which costs as much for one as for a hundred. */
const SHORT = 48;
const NOT_ASCII = 0x80;
const HYPHEN = 0x2d;

/** What a digit of hex is worth, by its code: those of letters have the bit 64, and count from 1. */
export function digitOf(code: number): number {
  return (code & 15) + 9 * (code >> 6);
}

/**
 * Bytes that are written one after the other, in network order, as PostgreSQL's binary formats have them. A value is
 * its length, as a 32-bit integer, and its bytes; a value that is null is the length -1 alone.
 */
export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The value null. */
  null(): this {
    return this.int32(-1);
  }

  /** A value that is text, in UTF-8. */
  text(text: string | null): this {
    if (text === null) return this.null();
    // A UTF-16 unit becomes three bytes at the most.
    this.#reserve(4 + text.length * 3);
    const bytes = this.#bytes;
    const at = this.#length + 4;
    let high = text.length > SHORT ? NOT_ASCII : 0;
    if (high === 0)
      for (let index = 0; index < text.length; index++) high |= bytes[at + index] = text.charCodeAt(index);
    const written = high < NOT_ASCII ? text.length : bytes.write(text, at, 'utf8');
    this.int32(written);
    this.#length += written;
    return this;
  }

  /** A value that is bytes, given in hex; hyphens between them, as in a uuid, say nothing. */
  hex(text: string | null, hyphens: number = 0): this {
    if (text === null) return this.null();
    const length = (text.length - hyphens) / 2;
    this.#reserve(4 + length);
    this.int32(length);
    if (hyphens === 0) {
      this.#length += this.#bytes.write(text, this.#length, 'hex');
      return this;
    }
    const bytes = this.#bytes;
    let to = this.#length;
    for (let at = 0; at < text.length; at += 2) {
      if (text.charCodeAt(at) === HYPHEN) at += 1;
      bytes[to++] = (digitOf(text.charCodeAt(at)) << 4) | digitOf(text.charCodeAt(at + 1));
    }
    this.#length = to;
    return this;
  }

  /**
   * A value that is text and lies in `source` from `start` on. False, and nothing is written, when its bytes are not
   * UTF-8.
   */
  utf8(source: Buffer, start: number, length: number): boolean {
    this.#reserve(4 + length);
    const bytes = this.#bytes;
    const at = this.#length + 4;
    // Most values are short and ASCII: then one look at each byte is all it takes.
    let high = length > SHORT ? NOT_ASCII : 0;
    if (length > SHORT) source.copy(bytes, at, start, start + length);
    else for (let index = 0; index < length; index++) high |= bytes[at + index] = source[start + index] ?? 0;
    if (high >= NOT_ASCII && !isUtf8(source.subarray(start, start + length))) return false;
    this.int32(length);
    this.#length += length;
    return true;
  }

  /** A value that is bytes. */
  bytes(source: Buffer, start: number, length: number): this {
    return this.int32(length).copied(source, start, start + length);
  }

  /** Bytes as they are, from `start` up to `end`. */
  copied(source: Buffer, start: number, end: number): this {
    this.#reserve(end - start);
    const bytes = this.#bytes;
    let to = this.#length;
    if (end - start > SHORT) source.copy(bytes, to, start, end);
    else for (let at = start; at < end; at++) bytes[to++] = source[at] ?? 0;
    this.#length += end - start;
    return this;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  int16(value: number): this {
    return this.byte(value >> 8).byte(value);
  }

  int32(value: number): this {
    this.#reserve(4);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value >> 24;
    bytes[at + 1] = value >> 16;
    bytes[at + 2] = value >> 8;
    bytes[at + 3] = value;
    this.#length = at + 4;
    return this;
  }

  /** A whole number that is exact as a number. */
  int64(value: number): this {
    return this.int32(Math.floor(value / 0x1_0000_0000)).int32(value % 0x1_0000_0000);
  }

  bigint64(value: bigint): this {
    this.#reserve(8);
    this.#length = this.#bytes.writeBigInt64BE(value, this.#length);
    return this;
  }

  /**
   * Gives what was written and begins anew.
   * @param into memory to write the next bytes over; new memory for about as many as this time without it
   */
  take(into: Buffer = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, Math.ceil(this.#length * 1.125)))): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = into;
    this.#length = 0;
    return taken;
  }

  /** Gives a copy of what was written and begins anew in the same memory; for few bytes. */
  copy(): Buffer {
    const copy = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return copy;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
