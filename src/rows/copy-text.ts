const FIRST_BYTES = 4 * 1024;
const MAX_KEPT_BYTES = 1024 * 1024;
const BACKSLASH = 0x5c;
const CAPITAL_N = 0x4e;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ZERO = 0x30;
/** The digits of the largest number that is exact. */
const MAX_DIGITS = 16;
/** What bytes in hex begin with; the backslash is escaped. */
const HEX_PREFIX = '\\\\x';
const SPECIAL = /[\\\t\n\r]/;

/** The letters that stand for control characters, by their code; 0 for those that are written as they are. */
const ESCAPES = new Uint8Array(CARRIAGE_RETURN + 1);
ESCAPES[TAB] = 0x74;
ESCAPES[NEWLINE] = 0x6e;
ESCAPES[CARRIAGE_RETURN] = 0x72;

/** Lines of COPY's text format (PostgreSQL documentation of COPY, "Text Format") as the bytes that go to the server. */
export class CopyText {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Text that is ASCII and needs no escape: separators, ids, names of ours. */
  ascii(text: string): this {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    // For texts as short as these, calling into the engine would cost more.
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.#length = at;
    return this;
  }

  /** One value of that kind. */
  word(text: string | null): this {
    return text === null ? this.null() : this.ascii(text);
  }

  /** A whole number that is not negative. */
  integer(value: number): this {
    this.#reserve(MAX_DIGITS);
    const end = this.#length + digitsOf(value);
    let rest = value;
    for (let at = end - 1; at >= this.#length; at--) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[at] = rest - tenth * 10 + ZERO;
      rest = tenth;
    }
    this.#length = end;
    return this;
  }

  /** A hash in hex as a value of type `bytea`. */
  hash(hash: string | null): this {
    return hash === null ? this.null() : this.ascii(HEX_PREFIX).ascii(hash);
  }

  /** One value, as text. */
  value(text: string | null): this {
    if (text === null) return this.null();
    // A UTF-16 unit becomes three bytes at the most.
    if (SPECIAL.test(text)) {
      const bytes = Buffer.from(text);
      return this.escaped(bytes, 0, bytes.length);
    }
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
    return this;
  }

  /** No value. */
  null(): this {
    this.#reserve(2);
    this.#bytes[this.#length++] = BACKSLASH;
    this.#bytes[this.#length++] = CAPITAL_N;
    return this;
  }

  /** The end of a value that another one follows. */
  tab(): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = TAB;
    return this;
  }

  /** The end of a line. */
  newline(): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = NEWLINE;
    return this;
  }

  /** Values, as one line without its end. */
  line(values: readonly (string | null)[]): this {
    values.forEach((value, index) => {
      if (index > 0) this.tab();
      this.value(value);
    });
    return this;
  }

  /** One value, as bytes of UTF-8: those from `start` up to `end`. */
  escaped(source: Uint8Array, start: number, end: number): this {
    this.#reserve((end - start) * 2);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from++) {
      const byte = source[from] ?? 0;
      if (byte === BACKSLASH || (byte <= CARRIAGE_RETURN && ESCAPES[byte] !== 0)) {
        bytes[at++] = BACKSLASH;
        bytes[at++] = byte === BACKSLASH ? BACKSLASH : (ESCAPES[byte] ?? 0);
      } else {
        bytes[at++] = byte;
      }
    }
    this.#length = at;
    return this;
  }

  /** What is COPY text already: the bytes from `start` up to `end`. */
  copied(source: Buffer, start: number, end: number): this {
    this.#reserve(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
    return this;
  }

  /**
   * Gives what was written and begins anew.
   * @param into memory to write the next text over; new memory for about as much as this time without it
   */
  take(into: Buffer = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, Math.ceil(this.#length * 1.125)))): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = into;
    this.#length = 0;
    return taken;
  }

  /** Gives a copy of what was written and begins anew in the same memory; for small texts. */
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

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  return digits;
}
