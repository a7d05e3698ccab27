const FIRST = 0x9e3779b1;
const SECOND = 0x5f356495;

/**
 * A hash of 64 bits of the values of a key, one after the other: cyrb53 by bryc (public domain), of bytes and without its
 * cut to 53 bits. It is quick and evenly spread, and nothing that must not be forged may rest on it.
 */
export class KeyHash {
  #high = 0;
  #low = 0;

  begin(): void {
    this.#high = 0xdeadbeef;
    this.#low = 0x41c6ce57;
  }

  /** Adds a value; values are told apart by where one ends. */
  add(bytes: Uint8Array, start: number, length: number): void {
    let high = Math.imul(this.#high ^ length, FIRST);
    let low = Math.imul(this.#low ^ length, SECOND);
    for (let at = start; at < start + length; at++) {
      const byte = bytes[at] ?? 0;
      high = Math.imul(high ^ byte, FIRST);
      low = Math.imul(low ^ byte, SECOND);
    }
    this.#high = high;
    this.#low = low;
  }

  addText(text: string): void {
    const bytes = Buffer.from(text);
    this.add(bytes, 0, bytes.length);
  }

  /** The upper 32 bits of what was added. */
  get high(): number {
    return mixed(this.#high) ^ mixed(this.#low, 13, 0xc2b2ae35);
  }

  /** The lower 32 bits. */
  get low(): number {
    return mixed(this.#low) ^ mixed(this.#high, 13, 0xc2b2ae35);
  }
}

function mixed(half: number, shift = 16, factor = 0x85ebca6b): number {
  return Math.imul(half ^ (half >>> shift), factor);
}
