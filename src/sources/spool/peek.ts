/** Some bytes of a stream's start, and the whole of it again. */
export interface Peeked {
  readonly start: Buffer;
  /** To be read once. */
  readonly all: AsyncIterable<Buffer>;
  /** Ends the stream, whether it has been read or not. */
  readonly close: () => Promise<void>;
}

/** Waits for the first `bytes` of a stream, or all there are. Who does not read `all` to its end calls `close`. */
export async function peek(input: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const iterator = input[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < bytes) {
    const next = await iterator.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const known = start;
  async function close(): Promise<void> {
    await iterator.return?.();
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (known.length > 0) yield known;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield asBuffer(next.value);
    } finally {
      await close();
    }
  }
  return { start, all: all(), close };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
