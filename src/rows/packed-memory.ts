import type { ByteWriter } from './byte-writer.ts';

/** What is kept to be written over: enough for the chunks that a worker reads and commits at once. */
const MAX_IDLE = 64;
const MAX_IDLE_BYTES = 1024 * 1024;

const idle: Buffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/** What was written, rows as a rule, in memory that may be given back with `givePackedBack`. */
export function takePacked(writer: ByteWriter): Buffer {
  const packed = writer.take(idle.pop());
  lent.add(packed.buffer);
  return packed;
}

/**
 * Gives memory of rows back when nobody needs them any more, to be written over: new memory for all rows would keep the
 * garbage collector busy. Other memory, and what was given back already, is left alone.
 */
export function givePackedBack({ buffer }: Buffer): void {
  if (!lent.delete(buffer) || idle.length >= MAX_IDLE || buffer.byteLength > MAX_IDLE_BYTES) return;
  idle.push(Buffer.from(buffer));
}
