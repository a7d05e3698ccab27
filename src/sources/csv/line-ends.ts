const LF = 0x0a;
const CR = 0x0d;

/** Counts line ends, LF, CR LF and CR alike, in bytes that are given one after the other. */
export class LineEnds {
  #afterCr = false;
  count = 0;

  add(bytes: Uint8Array, from: number = 0, to: number = bytes.length): this {
    for (let at = from; at < to; at++) {
      const byte = bytes[at];
      if (byte === CR || (byte === LF && !this.#afterCr)) this.count += 1;
      this.#afterCr = byte === CR;
    }
    return this;
  }
}

/** Counts the line ends of a stream. */
export async function countLineEnds(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const ends = new LineEnds();
  for await (const chunk of chunks) ends.add(chunk);
  return ends.count;
}
