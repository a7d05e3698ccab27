import type { FinalDraft } from '../candidate.ts';

/** Rows beyond which nothing is found out: what is held of a row is eight bytes. */
const MAX_ROWS = 8_000_000;

/** Hex digits of a hash that a number holds exactly. */
const DIGITS = 13;

/**
 * Finds out whether rows of different parts of a file are known by the same key, by the hashes of their keys. That two
 * keys have one hash is taken for a repetition, which costs speed and nothing else.
 */
export class RepeatedKeys {
  readonly #parts: Float64Array[] = [];
  #part: number[] = [];
  #rows = 0;

  /** Rows of the part that is being read; their values are those of the key's fields alone. */
  add(keys: readonly FinalDraft[]): void {
    this.#rows += keys.length;
    if (this.isFull) return;
    for (const { identifier, hash } of keys) {
      if (identifier !== null) this.#part.push(Number.parseInt(hash.slice(0, DIGITS), 16));
    }
  }

  /** Ends a part. */
  endPart(): void {
    const sorted = Float64Array.from(this.#part).sort();
    this.#parts.push(sorted.filter((hash, at) => at === 0 || hash !== sorted[at - 1]));
    this.#part = [];
  }

  /** Whether there are more rows than are looked at. */
  get isFull(): boolean {
    return this.#rows > MAX_ROWS;
  }

  /** Whether a key is in two parts, or may be. */
  get meet(): boolean {
    if (this.isFull) return true;
    const all = new Float64Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    all.sort();
    return all.some((hash, index) => index > 0 && hash === all[index - 1]);
  }
}
