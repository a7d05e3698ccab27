const FIRST_BYTES = 8 * 1024;
/** Large enough for the work on each window to count for little, small enough for a processor's cache. */
const USUAL_BYTES = 1024 * 1024;

/**
 * The part of a stream that is looked at: bytes in one piece, from `from` up to `to` of `bytes`, with room for one more
 * behind them. It holds at the least what is not taken yet and grows only while nothing of that can be taken.
 */
export class ByteWindow {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #waiting: Uint8Array | null = null;
  /** The offset in the file of the first of `bytes`. */
  #offset: number;
  bytes: Buffer;
  from = 0;
  to = 0;
  /** Whether nothing follows. */
  ended = false;

  /** @param offset where in the file the stream begins */
  constructor(chunks: AsyncIterable<Uint8Array>, offset: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#offset = offset;
    this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES + 1);
  }

  /** The offset in the file of the next byte. */
  get position(): number {
    return this.#offset + this.from;
  }

  /**
   * Brings more of the stream in: into a larger window while it is small and was filled, or where more than half of it
   * is kept.
   */
  async fill(): Promise<void> {
    const kept = this.to - this.from;
    const capacity = this.bytes.length - 1;
    // What is kept is looked at anew each time: doubling keeps the sum of all looks within a few times the record.
    const grows = this.to === capacity && (capacity < USUAL_BYTES || kept * 2 > capacity);
    const target = grows ? Buffer.allocUnsafeSlow(capacity * 2 + 1) : this.bytes;
    this.bytes.copy(target, 0, this.from, this.to);
    this.bytes = target;
    this.#offset += this.from;
    this.from = 0;
    this.to = kept;
    while (this.to < target.length - 1 && !this.ended) await this.#receive();
  }

  /** Stops the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #receive(): Promise<void> {
    if (this.#waiting === null) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.ended = true;
        return;
      }
      this.#waiting = next.value;
    }
    const taken = this.#waiting.subarray(0, this.bytes.length - 1 - this.to);
    this.bytes.set(taken, this.to);
    this.to += taken.length;
    this.#waiting = taken.length === this.#waiting.length ? null : this.#waiting.subarray(taken.length);
  }
}
