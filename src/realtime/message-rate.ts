const WINDOW_MS = 10_000;

/** Counts a client's messages; says when there are more than `limit` in ten seconds. */
export class MessageRate {
  readonly #limit: number;
  #windowStart = Date.now();
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one message; false when it is one too many. */
  allows(): boolean {
    const now = Date.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#limit;
  }
}
