const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What may stand between the words of JSON. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Finds where values of JSON end in a stream of bytes, one after the other, by quotes and brackets alone: whether a value
 * is JSON is for whoever parses it.
 */
export class ValueEnd {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Whether the value that was begun lacks a quote or a bracket. */
  get isOpen(): boolean {
    return this.#inString || this.#depth > 0;
  }

  /** Where the value ends that `chunk` goes on with at `from`, or -1. */
  find(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#endOfString(chunk, at);
        if (this.#inString) return -1;
        if (this.#depth === 0) return at;
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        // A quote in the middle of a word begins another value, which the parser will not take for one.
        this.#inString = true;
      } else if (byte === OPEN || byte === OPEN_BRACE) {
        this.#depth += 1;
      } else if (byte === CLOSE || byte === CLOSE_BRACE) {
        // At depth 0 it closes what is around the value.
        if (this.#depth === 0) return at;
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      } else if (this.#depth === 0 && (byte === COMMA || isBlank(byte))) return at;
      at += 1;
    }
    return -1;
  }

  #endOfString(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
    }
    return at;
  }
}
