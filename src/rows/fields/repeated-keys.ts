import type { KeyHash } from './key-hash.ts';

/** Rows beyond which nothing is found out: what is held of a row is eight bytes. */
const MAX_ROWS = 8_000_000;
const FIRST_ROWS = 16_384;

/** Of the 64 bits held of a key those that say its part; all others are its hash's. */
const PART_BITS = 14;
const MAX_PARTS = 2 ** PART_BITS;

/** Where the lower half of 64 bits lies in memory. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/** Where a key is in two rows, or may be. */
export interface Repetition {
  readonly anywhere: boolean;
  /** In rows of two parts. */
  readonly apart: boolean;
}

/**
 * Finds out whether rows of a file, and of different parts of it, are known by the same key, by hashes of their keys. That
 * two keys have one hash is taken for a repetition, which costs speed and nothing else.
 */
export class RepeatedKeys {
  #words = new Uint32Array(FIRST_ROWS * 2);
  #rows = 0;
  #part = 0;

  /** The key of a row of the part that is being read. */
  add(key: KeyHash): void {
    if (this.isFull) return;
    if (this.#rows * 2 === this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    const at = this.#rows++ * 2;
    this.#words[at + LOW] = (key.low & -MAX_PARTS) | this.#part;
    this.#words[at + 1 - LOW] = key.high;
  }

  /** Ends a part. */
  endPart(): void {
    this.#part += 1;
  }

  /** Whether there are more rows than are looked at. */
  get isFull(): boolean {
    return this.#rows >= MAX_ROWS || this.#part >= MAX_PARTS;
  }

  /** Where keys are repeated. Asked last: nothing can be added any more. */
  find(): Repetition {
    if (this.isFull) return { anywhere: true, apart: true };
    const words = this.#words.subarray(0, this.#rows * 2);
    // Parts are the lowest bits, so the entries of a key end up side by side.
    new BigUint64Array(words.buffer, 0, this.#rows).sort();
    let anywhere = false;
    for (let at = 2; at < words.length; at += 2) {
      if (words[at + 1 - LOW] !== words[at - 1 - LOW]) continue;
      const other = (words[at + LOW] ?? 0) ^ (words[at - 2 + LOW] ?? 0);
      if (other > 0 && other < MAX_PARTS) return { anywhere: true, apart: true };
      anywhere ||= other === 0;
    }
    return { anywhere, apart: false };
  }
}
